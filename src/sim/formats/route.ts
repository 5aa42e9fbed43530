import { chatFormat } from '../../formats/chat-formats.ts'
import type { ChatFormat } from '../../formats/format.ts'

/** What a path says of a call in another language than the server's own. */
export interface FormatRoute {
  readonly format: ChatFormat
  /** Where the path names it. */
  readonly model: string | undefined
  readonly stream: boolean | undefined
  /** The field of the answer where only the prompt's tokens are to be counted. */
  readonly countField: string | undefined
}

const PATHS: Readonly<Record<string, readonly [language: string, countField?: string]>> = {
  '/v1/messages': ['anthropic'],
  '/v1/messages/count_tokens': ['anthropic', 'input_tokens'],
  '/v1/responses': ['openai-responses'],
  '/v2/chat': ['cohere'],
  '/api/chat': ['ollama'],
}

const METHODS = /^\/v1(?:beta)?\/models\/(.+):(generateContent|streamGenerateContent|countTokens)$/

const CONVERSE = /^\/model\/([^/]+)\/converse(-stream)?$/

/** The door at a path; undefined where there is none. */
export function formatRouteAt(path: string): FormatRoute | undefined {
  const [language = '', countField] = PATHS[path] ?? []
  const format = chatFormat(language)
  if (format) return { format, model: undefined, stream: undefined, countField }
  const [, profile, stream] = CONVERSE.exec(path) ?? []
  if (profile !== undefined)
    return {
      format: chatFormat('bedrock-converse')!,
      model: decodeURIComponent(profile),
      stream: stream !== undefined,
      countField: undefined,
    }
  const [, model, method] = METHODS.exec(path) ?? []
  if (model === undefined) return undefined
  return {
    format: chatFormat('gemini')!,
    model: decodeURIComponent(model),
    stream: method === 'streamGenerateContent',
    countField: method === 'countTokens' ? 'totalTokens' : undefined,
  }
}
