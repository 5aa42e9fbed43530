// Google's Gemini APIs. Source: https://ai.google.dev/api/generate-content
import { GEMINI_NAMES } from '../translation/tool-names.ts'
import type { Api, ApiName } from './api.ts'
import { list, object } from './field-rules.ts'
import { whole } from './whole.ts'

const generate = {
  name: 'gemini',
  operation: 'chat',
  format: 'gemini',
  method: (model: string, isStream: boolean) =>
    `/models/${model}:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  path: undefined,
  prompt: { field: 'contents', types: ['array', 'object', 'string'] },
  caps: ['generationConfig.maxOutputTokens', 'generation_config.max_output_tokens'],
  users: [],
  streams: true,
  usageOnRequest: false,
  keepAlive: undefined, // comments make Google's own libraries throw
  forwardedHeaders: [],
  idHeader: undefined,
  limits: undefined,
  returnedHeaders: [],
  toolNames: GEMINI_NAMES,
  objectRoots: true,
  stops: { max: 5 },
  carriesSeals: true,
  demandsSignatures: (model: string) => /gemini-(?:[3-9]|\d\d)/.test(model),
  rules: {
    generationConfig: object,
    generation_config: object,
    systemInstruction: { types: ['object', 'string'] },
    system_instruction: { types: ['object', 'string'] },
    tools: { types: ['array', 'object'] },
    toolConfig: object,
    tool_config: object,
    safetySettings: list,
    safety_settings: list,
  },
} as const satisfies Api

/** A request to count that is a complete request to generate: its instruction and its tools are counted too. */
const COUNTED = ['generateContentRequest', 'generate_content_request']

/** Source: https://ai.google.dev/api/embeddings */
const embed = (name: ApiName, method: string, prompt: Api['prompt']): Api => ({
  ...whole(name, 'embeddings', undefined, prompt),
  users: [],
  format: 'gemini',
  limits: undefined,
  returnedHeaders: [],
  method: (model) => `/models/${model}:${method}`,
})

export const GEMINI_APIS = {
  gemini: generate,
  'gemini-list': { ...generate, name: 'gemini-list', format: 'gemini-list' },
  'gemini-count': {
    ...generate,
    name: 'gemini-count',
    prompt: { ...generate.prompt, or: COUNTED },
    modelIn: COUNTED,
    method: (model: string) => `/models/${model}:countTokens`,
    operation: 'count',
    streams: false,
    countField: 'totalTokens',
  },
  'gemini-batch-embed': embed('gemini-batch-embed', 'batchEmbedContents', {
    field: 'requests',
    types: ['array', 'object'],
  }),
  'gemini-embed': embed('gemini-embed', 'embedContent', { field: 'content', types: ['object'] }),
} as const satisfies Record<string, Api>
