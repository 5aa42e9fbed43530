// What an OpenAI-format client can ask for, and where.

export type Operation = 'chat' | 'completions' | 'embeddings'

interface OperationRow {
  /** Below the API's base path. */
  readonly path: string
  /** The field that holds the prompt, and the JSON types it may have. */
  readonly prompt: { readonly field: string; readonly types: readonly string[] }
  readonly streams: boolean
  /** What a client whose stream is silent may be sent between two events; undefined where clients break on it. */
  readonly keepAlive: string | undefined
}

/** A comment, which a reader of event streams passes over. The form is the standard's own advice. */
const COMMENT = ': keepalive\n\n'

export const OPERATIONS: Readonly<Record<Operation, OperationRow>> = {
  chat: {
    path: '/chat/completions',
    prompt: { field: 'messages', types: ['array'] },
    streams: true,
    keepAlive: COMMENT,
  },
  completions: {
    path: '/completions',
    prompt: { field: 'prompt', types: ['string', 'array'] },
    streams: true,
    keepAlive: COMMENT,
  },
  embeddings: {
    path: '/embeddings',
    prompt: { field: 'input', types: ['string', 'array'] },
    streams: false,
    keepAlive: undefined,
  },
}
