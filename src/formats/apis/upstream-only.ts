// APIs that Sluice uses only for upstreams, and the reranking API that several providers share.
import { type Api, TEXT_OR_LIST } from './api.ts'
import { count, flag, text } from './field-rules.ts'
import { whole, wholeUpstream } from './whole.ts'

const input = { field: 'input', types: TEXT_OR_LIST } as const
const documents = { field: 'documents', types: ['array'] } as const

/** Jina's and vLLM's form of reranking, which Sluice serves. */
export const RERANK_APIS = {
  rerank: whole('rerank', 'rerank', '/rerank', documents, {
    model: text,
    query: text,
    top_n: count,
    return_documents: flag,
  }),
} as const satisfies Record<string, Api>

/** Embedding APIs of providers whose chat API is OpenAI's. */
export const EMBEDDING_APIS = {
  'mistral-embeddings': wholeUpstream('mistral-embeddings', 'embeddings', '/embeddings', input),
  'voyage-embeddings': wholeUpstream('voyage-embeddings', 'embeddings', '/embeddings', input),
  'voyage-rerank': wholeUpstream('voyage-rerank', 'rerank', '/rerank', documents),
  'jina-embeddings': wholeUpstream('jina-embeddings', 'embeddings', '/embeddings', input),
  'nvidia-embeddings': wholeUpstream('nvidia-embeddings', 'embeddings', '/embeddings', input),
} as const satisfies Record<string, Api>
