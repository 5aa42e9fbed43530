// Cohere's API, version 2. Its clients add the version to a base URL without one. Source: https://docs.cohere.com/reference
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import { type Api, COMMENT } from './api.ts'
import { cap, count, flag, list, number, object, text, unsigned } from './field-rules.ts'
import { whole } from './whole.ts'

const chat = {
  name: 'cohere',
  operation: 'chat',
  format: 'cohere',
  path: '/chat',
  clientPath: '/v2/chat',
  prompt: { field: 'messages', types: ['array'] },
  caps: ['max_tokens'],
  users: [],
  streams: true,
  usageOnRequest: false,
  keepAlive: COMMENT,
  forwardedHeaders: [],
  idHeader: undefined,
  limits: undefined,
  returnedHeaders: [],
  toolNames: OPENAI_NAMES,
  objectRoots: true,
  stops: { max: 5 },
  carriesSeals: false,
  rules: {
    model: text,
    stream: flag,
    max_tokens: cap,
    temperature: unsigned,
    p: unsigned,
    k: unsigned,
    seed: number,
    stop_sequences: list,
    tools: list,
    tool_choice: text,
    strict_tools: flag,
    documents: list,
    response_format: object,
    thinking: object,
  },
} as const satisfies Api

/** An API without streams. */
const other = (
  name: 'cohere-embed' | 'cohere-rerank',
  operation: Api['operation'],
  path: string,
  prompt: Api['prompt'],
  rules: Api['rules'],
): Api => ({
  ...whole(name, operation, path, prompt, { model: text, ...rules }),
  clientPath: `/v2${path}`,
  format: 'cohere',
  users: [],
  limits: undefined,
  returnedHeaders: [],
})

export const COHERE_APIS = {
  cohere: chat,
  'cohere-embed': other(
    'cohere-embed',
    'embeddings',
    '/embed',
    { field: 'texts', types: ['array'], or: ['inputs', 'images'] },
    { input_type: text, embedding_types: list, output_dimension: count },
  ),
  'cohere-rerank': other(
    'cohere-rerank',
    'rerank',
    '/rerank',
    { field: 'documents', types: ['array'] },
    { query: text, top_n: count },
  ),
} as const satisfies Record<string, Api>
