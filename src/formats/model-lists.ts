// The model list in the format of each family of clients. They share one path and are distinguished by headers.

export interface ModelList {
  /** The list of all models. */
  readonly list: (names: readonly string[]) => unknown
  readonly one: (name: string) => unknown
}

/** A request for the list. */
export interface ModelListRequest {
  readonly headers: Headers
  readonly url: string
}

/** The operations of a model. */
export type OperationsOf = (name: string) => readonly string[]

/** A fixed creation time, because clients require one. Seconds since 1970. */
const CREATED = 1_700_000_000

/** Source: https://platform.openai.com/docs/api-reference/models */
const openai: ModelList = {
  list: (names) => ({ object: 'list', data: names.map(openai.one) }),
  one: (id) => ({ id, object: 'model', created: CREATED, owned_by: 'sluice' }),
}

/** Source: https://docs.claude.com/en/api/models-list */
const anthropic: ModelList = {
  list: (names) => ({
    data: names.map(anthropic.one),
    has_more: false,
    first_id: names[0] ?? null,
    last_id: names.at(-1) ?? null,
  }),
  one: (id) => ({ type: 'model', id, display_name: id, created_at: new Date(CREATED * 1000).toISOString() }),
}

/** Source: https://ai.google.dev/api/models */
const gemini: ModelList = {
  list: (names) => ({ models: names.map(gemini.one) }),
  one: (name) => ({
    name: `models/${name}`,
    baseModelId: name,
    version: '1',
    displayName: name,
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  }),
}

/** Sizes and digests are those of no file, but clients require them. Source: https://docs.ollama.com/api/tags */
const ollama: ModelList = {
  list: (names) => ({ models: names.map(ollama.one) }),
  one: (name) => ({
    name,
    model: name,
    modified_at: new Date(CREATED * 1000).toISOString(),
    size: 0,
    digest: Bun.hash(name).toString(16).padStart(16, '0').repeat(4),
    details: OLLAMA_DETAILS,
  }),
}

/** What Sluice does not know of a model. */
const OLLAMA_DETAILS = {
  parent_model: '',
  format: '',
  family: '',
  families: [],
  parameter_size: '',
  quantization_level: '',
}

/** The page of one model for Ollama's clients. Source: https://docs.ollama.com/api-reference/show-model-details */
export const ollamaDetails = (name: string, isForEmbeddings: boolean): object => ({
  modelfile: '',
  parameters: '',
  template: '',
  details: OLLAMA_DETAILS,
  model_info: { 'general.basename': name },
  capabilities: isForEmbeddings ? ['embedding'] : ['completion', 'tools'],
  modified_at: new Date(CREATED * 1000).toISOString(),
})

/** Whether a client is one of Cohere's libraries. */
export const isCohere = (headers: Headers): boolean => headers.get('x-fern-sdk-name')?.startsWith('cohere') ?? false

/** The version of Ollama whose API Sluice offers. Clients check it for the features that they use. */
export const OLLAMA_VERSION = '0.13.0'

const COHERE_ENDPOINTS: Readonly<Record<string, string>> = { chat: 'chat', embeddings: 'embed', rerank: 'rerank' }

/** `endpoint` in the query: only models that have it. Source: https://docs.cohere.com/reference/list-models */
function cohereList(url: string, operationsOf: OperationsOf): ModelList {
  const wanted = /[?&]endpoint=(\w+)/.exec(url)?.[1]
  const endpointsOf = (name: string) => operationsOf(name).flatMap((operation) => COHERE_ENDPOINTS[operation] ?? [])
  const one = (name: string) => ({
    name,
    is_deprecated: false,
    endpoints: endpointsOf(name),
    finetuned: false,
    default_endpoints: [],
  })
  const isListed = (name: string) => wanted === undefined || endpointsOf(name).includes(wanted)
  return { one, list: (names) => ({ models: names.filter(isListed).map(one) }) }
}

/** The model list format for a client of this API, or else for one that sends such a request. */
export function modelListFor(
  { headers, url }: ModelListRequest,
  operationsOf: OperationsOf,
  format?: string,
): ModelList {
  if (format === 'ollama') return ollama
  if (isCohere(headers)) return cohereList(url, operationsOf)
  if (headers.has('anthropic-version')) return anthropic
  return headers.has('x-goog-api-key') || headers.has('x-goog-api-client') ? gemini : openai
}
