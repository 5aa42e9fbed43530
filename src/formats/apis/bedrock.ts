// Amazon Bedrock's Converse.
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import type { Api } from './api.ts'

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const BEDROCK_APIS = {
  'bedrock-converse': {
    name: 'bedrock-converse',
    operation: 'chat',
    format: 'bedrock-converse',
    path: undefined,
    method: (model: string, isStream: boolean) => `/model/${model}/${isStream ? 'converse-stream' : 'converse'}`,
    prompt: { field: 'messages', types: ['array'] },
    caps: ['inferenceConfig.maxTokens'],
    users: [],
    streams: true,
    usageOnRequest: false,
    keepAlive: undefined,
    idHeader: 'x-amzn-requestid',
    limits: undefined,
    returnedHeaders: [],
    toolNames: OPENAI_NAMES,
    objectRoots: true,
    carriesSeals: true,
    forwardedHeaders: [],
    rules: {},
  },
} as const satisfies Record<string, Api>
