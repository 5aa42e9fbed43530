// Ollama's own API. Source: https://docs.ollama.com/api
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import { type Api, type ApiName, TEXT_OR_LIST } from './api.ts'
import { flag, list, object, text } from './field-rules.ts'
import { whole } from './whole.ts'

const TAG = ':latest'

const chat = {
  name: 'ollama',
  operation: 'chat',
  format: 'ollama',
  path: '/api/chat',
  prompt: { field: 'messages', types: ['array'], isOptional: true },
  caps: ['options.num_predict'],
  users: [],
  streams: true,
  streamsByDefault: true,
  defaultTag: TAG,
  usageOnRequest: false,
  keepAlive: undefined, // a line that is not a response makes clients throw
  forwardedHeaders: [],
  idHeader: undefined,
  limits: undefined,
  returnedHeaders: [],
  toolNames: OPENAI_NAMES,
  carriesSeals: false,
  rules: { model: text, stream: flag, options: object, tools: list, format: { types: ['string', 'object'] } },
} as const satisfies Api

const embeddings = (name: ApiName, path: string, prompt: Api['prompt']): Api => ({
  ...whole(name, 'embeddings', path, prompt),
  format: 'ollama',
  defaultTag: TAG,
  users: [],
  limits: undefined,
  returnedHeaders: [],
})

export const OLLAMA_APIS = {
  ollama: chat,
  /** A response to one prompt instead of a conversation. */
  'ollama-generate': {
    ...chat,
    name: 'ollama-generate',
    format: 'ollama-generate',
    path: '/api/generate',
    prompt: { field: 'prompt', types: ['string'], isOptional: true },
  },
  'ollama-embed': embeddings('ollama-embed', '/api/embed', { field: 'input', types: TEXT_OR_LIST }),
  /** The older form: one text, one vector. */
  'ollama-embeddings': embeddings('ollama-embeddings', '/api/embeddings', { field: 'prompt', types: ['string'] }),
} as const satisfies Record<string, Api>
