// AWS Signature Version 4. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHmac } from 'node:crypto'
import type { AwsCredentials } from './credentials.ts'

export interface Signing {
  readonly method: string
  readonly url: URL
  /** All of them are signed, so headers that a proxy can change do not belong here. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Signs requests to one service in one region. The signing key is valid for a day and cached. */
export class Signer {
  readonly #region: string
  readonly #service: string
  #keyScope = ''
  #key: Uint8Array = new Uint8Array()

  constructor(region: string, service: string) {
    this.#region = region
    this.#service = service
  }

  /** The headers with the signature, which is valid for some minutes around `nowMs`. */
  sign({ method, url, headers, body }: Signing, credentials: AwsCredentials, nowMs: number): Record<string, string> {
    const { accessKeyId, sessionToken } = credentials
    const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
    const added = { 'x-amz-date': time, ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }) }
    const canonical = canonicalHeaders({ ...headers, ...added, host: url.host })
    const names = canonical.map(([name]) => name).join(';')
    const request = [
      method,
      canonicalPath(url.pathname),
      canonicalQuery(url.searchParams),
      ...canonical.map(([name, value]) => `${name}:${value}`),
      '',
      names,
      Bun.SHA256.hash(body, 'hex'),
    ].join('\n')
    const scope = `${time.slice(0, 8)}/${this.#region}/${this.#service}/aws4_request`
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${Bun.SHA256.hash(request, 'hex')}`
    const signature = Buffer.from(hmac(this.#keyFor(credentials, scope), text)).toString('hex')
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
    return { ...added, authorization }
  }

  #keyFor({ secretAccessKey }: AwsCredentials, scope: string): Uint8Array {
    const keyScope = `${scope}\n${secretAccessKey}`
    if (keyScope === this.#keyScope) return this.#key
    this.#key = scope.split('/').reduce<Uint8Array>(hmac, Buffer.from(`AWS4${secretAccessKey}`))
    this.#keyScope = keyScope
    return this.#key
  }
}

const hmac = (key: Uint8Array, text: string): Uint8Array => createHmac('sha256', key).update(text).digest()

/** Sorted by name; runs of white space become one space. */
const canonicalHeaders = (headers: Readonly<Record<string, string>>): (readonly [name: string, value: string])[] =>
  Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/\s+/g, ' ')] as const)
    .toSorted(byText)

/** Encoded once more than in the request: `%3A` becomes `%253A`. All services except S3 require it. */
const canonicalPath = (path: string): string => path.split('/').map(encode).join('/')

const canonicalQuery = (query: URLSearchParams): string =>
  [...query]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(byText)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')

type Pair = readonly [name: string, value: string]

/** By code unit, as in the specification. */
function byText([name, value]: Pair, [otherName, otherValue]: Pair): number {
  if (name !== otherName) return name < otherName ? -1 : 1
  return value < otherValue ? -1 : value > otherValue ? 1 : 0
}

/** Encodes all but the unreserved characters of RFC 3986; `encodeURIComponent` alone leaves some others. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
