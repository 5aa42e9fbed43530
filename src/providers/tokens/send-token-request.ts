// One request to a token server: an identity provider, or the metadata server of a cloud.
import { redactSecrets } from './redact-secrets.ts'
import { TokenError } from './token-error.ts'

export interface TokenRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** A form or JSON, sent with POST; without a body the method is GET. */
  readonly body?: URLSearchParams | string
  /** Secrets that must not get into error messages, in case the server repeats them in its response. */
  readonly secrets: readonly string[]
}

const DEFAULT_TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024

/**
 * Returns the body of a 200 response. Throws `TokenError`. Follows no redirect: the credentials are for this host
 * alone.
 */
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
  throw new TokenError(`The token server ${host} returned ${status}${reason(text, secrets)}`, isTransient)
}

async function exchange(url: string, host: string, init: RequestInit) {
  try {
    const response = await fetch(url, init)
    return { status: response.status, text: await readSome(response, host) }
  } catch (thrown) {
    if (thrown instanceof TokenError) throw thrown
    const { name = '', code = name } = thrown as { name?: string; code?: string } // its message can contain the full URL
    const isSlow = name === 'TimeoutError'
    const why = isSlow ? 'timed out' : `could not be reached (${code})`
    throw new TokenError(`The token server ${host} ${why}.`, !isSlow) // no retry after a timeout: calls have waited long enough
  }
}

async function readSome(response: Response, host: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new TokenError(`The token server ${host} returned a response that is too large.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const MAX_REASON_CHARS = 400

/** The error code and description of an OAuth error response. Source: RFC 6749, section 5.2 */
function reason(text: string, secrets: readonly string[]): string {
  const { error, error_description: description } = fieldsOf(text) ?? {}
  const parts = [codeOf(error), description].filter((part) => typeof part === 'string' && part !== '')
  if (parts.length === 0) return '.'
  return ` (${redactSecrets(parts.join(': '), secrets).replace(/\s+/g, ' ').slice(0, MAX_REASON_CHARS)}).`
}

/** Google's APIs send an object where OAuth has a string. */
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
