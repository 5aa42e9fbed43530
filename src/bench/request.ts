// Builds the request that the load sends repeatedly.
import { promptOf } from './prompt.ts'
import type { Flavour } from './prompt.ts'
import type { Target } from './target.ts'

export interface RequestOptions {
  readonly model?: string
  readonly stream?: boolean
  readonly maxTokens?: number
  /** Size of the prompt as JSON text, in bytes. */
  readonly promptBytes?: number
  readonly flavour?: Flavour
  readonly key?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** A complete body. The fields that describe a body are then ignored. */
  readonly body?: string
  /** More fields for the generated body. */
  readonly extra?: Readonly<Record<string, unknown>>
}

const DEFAULT_PROMPT_BYTES = 800

/** Head and body, ready for the socket. */
export function buildRequest(target: Target, options: RequestOptions): Uint8Array {
  const body = Buffer.from(options.body ?? bodyFor(target.path, options))
  const defaultPort = target.isTls ? 443 : 80
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  const headers = new Map([
    ['host', target.port === defaultPort ? host : `${host}:${target.port}`],
    ['content-type', 'application/json'],
    ['accept', options.stream ? 'text/event-stream' : 'application/json'],
    ['user-agent', 'sluice-bench'],
  ])
  if (options.key !== undefined) headers.set('authorization', `Bearer ${options.key}`)
  for (const [name, value] of options.headers ?? []) headers.set(name.toLowerCase(), value)
  headers.set('content-length', String(body.length))
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`POST ${target.path} HTTP/1.1\r\n${lines}\r\n`), body])
}

/** Short fields first: the upstream of `npm run bench` only looks at the start of the body. */
function bodyFor(path: string, options: RequestOptions): string {
  const { model, stream, maxTokens, promptBytes, flavour, extra } = options
  const prompt = promptOf(promptBytes ?? DEFAULT_PROMPT_BYTES, flavour)
  const operation = path.replace(/\?.*$/, '').replace(/^.*\//, '')
  const streamed = stream ? true : undefined
  if (operation === 'embeddings') return JSON.stringify({ model, ...extra, input: prompt })
  if (operation === 'responses')
    return JSON.stringify({ model, stream: streamed, max_output_tokens: maxTokens, ...extra, input: prompt })
  const fields = { model, stream: streamed, max_tokens: maxTokens, ...extra }
  if (path.includes('/completions') && !path.includes('/chat/')) return JSON.stringify({ ...fields, prompt })
  const messages = [{ role: 'user', content: prompt }]
  // Anthropic rejects a request without max_tokens.
  if (operation === 'messages') return JSON.stringify({ ...fields, max_tokens: maxTokens ?? 64, messages })
  return JSON.stringify({ ...fields, messages })
}
