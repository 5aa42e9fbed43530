// APIs that Sluice uses only for upstreams, and the reranking API that several providers share.
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import { type Api, type ApiName, TEXT_OR_LIST } from './api.ts'
import { cap, count, flag, text } from './field-rules.ts'
import { whole, wholeUpstream } from './whole.ts'

/** A chat API for which Sluice serves no clients. */
const chat = (name: ApiName & Api['format'], path: string, caps: readonly string[]): Api => ({
  name,
  operation: 'chat',
  format: name,
  path,
  isUpstreamOnly: true,
  prompt: { field: 'messages', types: ['array'] },
  caps,
  users: [],
  streams: true,
  usageOnRequest: false,
  keepAlive: undefined,
  forwardedHeaders: [],
  idHeader: undefined,
  limits: undefined,
  returnedHeaders: [],
  toolNames: OPENAI_NAMES,
  carriesSeals: false,
  rules: { max_tokens: cap },
})

const input = { field: 'input', types: TEXT_OR_LIST } as const
const documents = { field: 'documents', types: ['array'] } as const

/** Source: https://docs.cohere.com/reference/chat */
export const COHERE_APIS = {
  cohere: { ...chat('cohere', '/chat', ['max_tokens']), objectRoots: true, stops: { max: 5 } },
  'cohere-embed': wholeUpstream('cohere-embed', 'embeddings', '/embed', { field: 'texts', types: ['array'] }),
  'cohere-rerank': wholeUpstream('cohere-rerank', 'rerank', '/rerank', documents),
} as const satisfies Record<string, Api>

/** Jina's and vLLM's form of reranking, which Sluice serves. */
export const RERANK_APIS = {
  rerank: {
    ...whole('rerank', 'rerank', '/rerank', documents, {
      model: text,
      query: text,
      top_n: count,
      return_documents: flag,
    }),
    alsoAt: '/v2/rerank', // Cohere's own clients
  },
} as const satisfies Record<string, Api>

/** Embedding APIs of providers whose chat API is OpenAI's. */
export const EMBEDDING_APIS = {
  'mistral-embeddings': wholeUpstream('mistral-embeddings', 'embeddings', '/embeddings', input),
  'voyage-embeddings': wholeUpstream('voyage-embeddings', 'embeddings', '/embeddings', input),
  'voyage-rerank': wholeUpstream('voyage-rerank', 'rerank', '/rerank', documents),
  'jina-embeddings': wholeUpstream('jina-embeddings', 'embeddings', '/embeddings', input),
  'nvidia-embeddings': wholeUpstream('nvidia-embeddings', 'embeddings', '/embeddings', input),
} as const satisfies Record<string, Api>
