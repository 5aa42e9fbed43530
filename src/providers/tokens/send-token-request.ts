// One exchange with whoever gives out tokens: an identity provider, or the metadata server of a cloud.
import { redactSecrets } from './redact-secrets.ts'
import { TokenError } from './token-error.ts'

export interface TokenRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** A form or JSON to be posted; without it the server is asked with GET. */
  readonly body?: URLSearchParams | string
  /** What the answer of a server that repeats it must not bring into a message. */
  readonly secrets: readonly string[]
}

const DEFAULT_TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024

/** The text of a 200. Throws `TokenError`. Follows no redirect: what we send is meant for this host alone. */
export async function sendTokenRequest(request: TokenRequest, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<string> {
  const { url, headers = {}, body, secrets } = request
  const { host } = new URL(url)
  const { status, text } = await exchange(url, host, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', 'user-agent': 'sluice', ...headers },
    ...(body !== undefined && { body }),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (status === 200 || status === 201) return text
  const isTransient = status >= 500 || status === 429 || status === 408
  throw new TokenError(`${host} gives no token: it answered ${status}${reason(text, secrets)}`, isTransient)
}

async function exchange(url: string, host: string, init: RequestInit) {
  try {
    const response = await fetch(url, init)
    return { status: response.status, text: await readSome(response, host) }
  } catch (thrown) {
    if (thrown instanceof TokenError) throw thrown
    const { name = '', code = name } = thrown as { name?: string; code?: string } // its message may hold the whole URL
    const isSlow = name === 'TimeoutError'
    const why = isSlow ? 'did not answer in time' : `could not be asked (${code})`
    throw new TokenError(`${host}, which gives out tokens, ${why}.`, !isSlow) // calls have waited long enough
  }
}

async function readSome(response: Response, host: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new TokenError(`${host} gives no token: its answer has no end.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const MAX_REASON_CHARS = 400

/** The server's own words, where it says them as OAuth does. Source: RFC 6749, section 5.2 */
function reason(text: string, secrets: readonly string[]): string {
  const { error, error_description: description } = fieldsOf(text) ?? {}
  const words = [codeOf(error), description].filter((word) => typeof word === 'string' && word !== '')
  if (words.length === 0) return '.'
  return ` (${redactSecrets(words.join(': '), secrets).replace(/\s+/g, ' ').slice(0, MAX_REASON_CHARS)}).`
}

/** Google's APIs put an object where OAuth has a word. */
const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'message' in error ? error.message : error

/** The fields of a JSON object; undefined for anything else. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
