import { chatFormat } from '../../formats/chat-formats.ts'
import type { ChatFormat } from '../../formats/format.ts'

/** A request in another format than Chat Completions, as its path describes it. */
export interface FormatRoute {
  readonly format: ChatFormat
  /** The model and the streaming mode, if the path contains them. */
  readonly model: string | undefined
  readonly stream: boolean | undefined
  /** For token counts: the field of the response that has the count. */
  readonly countField: string | undefined
}

const PATHS: Readonly<Record<string, readonly [format: string, countField?: string]>> = {
  '/v1/messages': ['anthropic'],
  '/v1/messages/count_tokens': ['anthropic', 'input_tokens'],
  '/v1/responses': ['openai-responses'],
  '/v2/chat': ['cohere'],
  '/api/chat': ['ollama'],
  '/api/generate': ['ollama-generate'],
}

const METHODS = /^\/v1(?:beta)?\/models\/(.+):(generateContent|streamGenerateContent|countTokens)$/

const BEDROCK = /^\/model\/([^/]+)\/(?:converse(-stream)?|(invoke)(-with-response-stream)?)$/

/** The route at a path; undefined if there is none. */
export function formatRouteAt(path: string): FormatRoute | undefined {
  const [formatName = '', countField] = PATHS[path] ?? []
  const format = chatFormat(formatName)
  if (format) return { format, model: undefined, stream: undefined, countField }
  const [, profile, stream, invoke, invokeStream] = BEDROCK.exec(path) ?? []
  if (profile !== undefined)
    return {
      format: chatFormat(invoke === undefined ? 'bedrock-converse' : 'bedrock-invoke')!,
      model: decodeURIComponent(profile),
      stream: (stream ?? invokeStream) !== undefined,
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
