// What an OpenAI-format client can ask for, and where.

export type Operation = 'chat' | 'completions' | 'embeddings'

interface OperationRow {
  /** Below the API's base path. */
  readonly path: string
  /** The field that holds the prompt, and the JSON types it may have. */
  readonly prompt: { readonly field: string; readonly types: readonly string[] }
  readonly streams: boolean
}

export const OPERATIONS: Readonly<Record<Operation, OperationRow>> = {
  chat: { path: '/chat/completions', prompt: { field: 'messages', types: ['array'] }, streams: true },
  completions: { path: '/completions', prompt: { field: 'prompt', types: ['string', 'array'] }, streams: true },
  embeddings: { path: '/embeddings', prompt: { field: 'input', types: ['string', 'array'] }, streams: false },
}
