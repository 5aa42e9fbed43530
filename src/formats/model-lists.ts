// The model list in the format of each family of clients. They share one path and are distinguished by headers.

export interface ModelList {
  /** The list of all models. */
  readonly list: (names: readonly string[]) => unknown
  readonly one: (name: string) => unknown
}

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

/** The model list format for a client that sends these headers. */
export function modelListFor(headers: Headers): ModelList {
  if (headers.has('anthropic-version')) return anthropic
  return headers.has('x-goog-api-key') || headers.has('x-goog-api-client') ? gemini : openai
}
