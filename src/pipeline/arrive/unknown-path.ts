// The response to a path that nothing is at: in the format of the client that sent it, with the base URL that it needs.
import { GatewayError } from '../../errors.ts'
import { APIS } from '../../formats/apis/apis.ts'
import { isCohere } from '../../formats/model-lists.ts'

type ClientFormat = 'openai-chat' | 'anthropic' | 'gemini' | 'ollama' | 'cohere'

/** The format of the client, by its headers or the words of the path. */
export function formatAt(path: string, headers: Headers): ClientFormat {
  if (headers.has('anthropic-version') || /\/messages(?:\/|$)/.test(path)) return 'anthropic'
  if (headers.has('x-goog-api-key') || /\/v1beta(?:\/|$)|:\w+Content$/.test(path)) return 'gemini'
  if (/\/api\/\w+$/.test(path)) return 'ollama'
  return isCohere(headers) || /\/v2\/\w+$|\/v1\/(?:chat|embed)$/.test(path) ? 'cohere' : 'openai-chat'
}

const ADVICE: Readonly<Record<ClientFormat, string>> = {
  'openai-chat': 'Use a base URL that ends in /v1; the chat API is POST /v1/chat/completions.',
  anthropic: "Use a base URL without /v1: Anthropic's clients add it; the chat API is POST /v1/messages.",
  gemini:
    "Use a base URL without a version: Google's clients add /v1beta; the chat API is POST /v1beta/models/MODEL:generateContent.",
  cohere:
    "Use Cohere's API v2 (ClientV2) with a base URL without a version: the chat API is POST /v2/chat. OpenAI's is POST /v1/chat/completions.",
  ollama: "Use a base URL without /api: Ollama's clients add it; the chat API is POST /api/chat.",
}

/** Paths of APIs, with the slash that shows that more follows: a base URL must not contain them. */
const API_PATHS = Object.values(APIS).flatMap(({ path, clientPath = path, isUpstreamOnly }) =>
  clientPath && !isUpstreamOnly ? [clientPath] : [],
)

export function unknownPath(path: string, format: ClientFormat): GatewayError {
  const tooLong = API_PATHS.find((api) => path.includes(`${api}/`))
  const hint = tooLong ? ` The base URL is too long: it contains ${tooLong}.` : ''
  return new GatewayError('not_found', `The path ${path.slice(0, 200)} does not exist.${hint} ${ADVICE[format]}`)
}

export const wrongMethod = (method: string, path: string, allowed: string): GatewayError =>
  new GatewayError('method_not_allowed', `The path ${path.slice(0, 200)} does not accept ${method}: use ${allowed}.`, {
    headers: { allow: allowed },
  })
