// Cohere's API, version 2. Its clients add the version to a base URL without one. Source: https://docs.cohere.com/reference
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import { type Api, COMMENT } from './api.ts'
import { cap, flag, list, number, object, text, unsigned } from './field-rules.ts'
import { wholeUpstream } from './whole.ts'

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

export const COHERE_APIS = {
  cohere: chat,
  'cohere-embed': wholeUpstream('cohere-embed', 'embeddings', '/embed', { field: 'texts', types: ['array'] }),
  'cohere-rerank': wholeUpstream('cohere-rerank', 'rerank', '/rerank', { field: 'documents', types: ['array'] }),
} as const satisfies Record<string, Api>
