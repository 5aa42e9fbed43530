// The wire languages whose answers are always whole: embeddings, reranking, moderation.
import { count, type FieldRule, flag, text } from './field-rules.ts'
import { limitHeaders, OPENAI_LIMITS } from '../translation/rate-limits.ts'
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import type { Wire } from './apis.ts'

const names = { model: text } as const
const texts = ['string', 'array'] as const

interface WholeWire<Name extends string> extends Omit<Wire, 'name'> {
  readonly name: Name
}

/** A language without streams and output caps. */
const whole = <Name extends string>(
  name: Name,
  operation: Wire['operation'],
  path: string | undefined,
  prompt: Wire['prompt'],
  rules: Readonly<Record<string, FieldRule>> = names,
): WholeWire<Name> => ({
  name,
  operation,
  path,
  prompt,
  rules,
  caps: [],
  users: ['user'],
  streams: false,
  tellsUsageWhenAsked: false,
  keepAlive: undefined,
  forwards: [],
  idHeader: undefined,
  toolNames: OPENAI_NAMES,
  carriesSeals: false,
  limits: OPENAI_LIMITS,
  answersWith: limitHeaders(OPENAI_LIMITS),
  language: 'openai-chat',
})

/** Servers that are asked in it; no client is taken to speak it. */
const upstreamOnly = <Name extends string>(
  name: Name,
  operation: Wire['operation'],
  path: string,
  prompt: Wire['prompt'],
): WholeWire<Name> => ({ ...whole(name, operation, path, prompt), isUpstreamOnly: true })

const input = { field: 'input', types: texts } as const
const documents = { field: 'documents', types: ['array'] } as const

/** Source: https://ai.google.dev/api/embeddings */
const gemini = <Name extends string>(name: Name, method: string, prompt: Wire['prompt']): WholeWire<Name> => ({
  ...whole(name, 'embeddings', undefined, prompt),
  users: [],
  language: 'gemini',
  limits: undefined,
  answersWith: [],
  method: (model) => `/models/${model}:${method}`,
})

const WHOLE = [
  upstreamOnly('mistral-embeddings', 'embeddings', '/embeddings', input),
  upstreamOnly('voyage-embeddings', 'embeddings', '/embeddings', input),
  upstreamOnly('jina-embeddings', 'embeddings', '/embeddings', input),
  upstreamOnly('nvidia-embeddings', 'embeddings', '/embeddings', input),
  upstreamOnly('cohere-embed', 'embeddings', '/embed', { field: 'texts', types: ['array'] }),
  // The batch first: it is what to translate into.
  gemini('gemini-batch-embed', 'batchEmbedContents', { field: 'requests', types: ['array', 'object'] }),
  gemini('gemini-embed', 'embedContent', { field: 'content', types: ['object'] }),
  {
    ...whole('rerank', 'rerank', '/rerank', documents, { ...names, query: text, top_n: count, return_documents: flag }),
    alsoAt: '/v2/rerank', // Cohere's own clients
  },
  upstreamOnly('cohere-rerank', 'rerank', '/rerank', documents),
  upstreamOnly('voyage-rerank', 'rerank', '/rerank', documents),
  /** Source: https://platform.openai.com/docs/api-reference/moderations */
  whole('openai-moderations', 'moderations', '/moderations', input),
]

export type WholeWireName = (typeof WHOLE)[number]['name']

export const WHOLE_WIRES = Object.fromEntries(WHOLE.map((wire) => [wire.name, wire])) as Record<WholeWireName, Wire>
