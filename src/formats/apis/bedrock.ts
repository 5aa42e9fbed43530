// Amazon Bedrock's Converse, and Claude's own bodies at its invoke paths.
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import { ANTHROPIC_APIS } from './anthropic.ts'
import type { Api, ApiBase } from './api.ts'

const common = {
  acceptsSignatures: true,
  users: [],
  streams: true,
  usageOnRequest: false,
  keepAlive: undefined,
  idHeader: 'x-amzn-requestid',
  limits: undefined,
  returnedHeaders: ['x-amzn-errortype'],
  carriesSeals: true,
  forwardedHeaders: [],
} as const satisfies Partial<ApiBase>

export const BEDROCK_APIS = {
  /** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
  'bedrock-converse': {
    ...common,
    name: 'bedrock-converse',
    operation: 'chat',
    format: 'bedrock-converse',
    path: undefined,
    method: (model: string, isStream: boolean) => `/model/${model}/${isStream ? 'converse-stream' : 'converse'}`,
    prompt: { field: 'messages', types: ['array'] },
    toolsIn: 'toolConfig',
    caps: ['inferenceConfig.maxTokens'],
    toolNames: OPENAI_NAMES,
    objectRoots: true,
    stops: { max: 2500, rejectsBlank: true },
    rules: {},
  },
  /** Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html */
  'bedrock-invoke': {
    ...ANTHROPIC_APIS.anthropic,
    ...common,
    users: ANTHROPIC_APIS.anthropic.users,
    name: 'bedrock-invoke',
    format: 'bedrock-invoke',
    path: undefined,
    method: (model: string, isStream: boolean) =>
      `/model/${model}/${isStream ? 'invoke-with-response-stream' : 'invoke'}`,
    variantOf: 'anthropic',
    variantFields: ['anthropic_version', 'anthropic_beta'],
    betas: { field: 'anthropic_beta' },
  },
  /** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html */
  'bedrock-count': {
    ...common,
    name: 'bedrock-count',
    operation: 'count',
    format: 'bedrock-count',
    path: undefined,
    method: (model: string) => `/model/${model}/count-tokens`,
    streams: false,
    countField: 'inputTokens',
    prompt: { field: 'input', types: ['object'] },
    caps: [],
    toolNames: OPENAI_NAMES,
    rules: {},
  },
} as const satisfies Record<string, Api>
