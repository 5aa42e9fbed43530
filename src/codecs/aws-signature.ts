// AWS Signature Version 4: the text that is signed, and its signature. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from 'node:crypto'

export const ALGORITHM = 'AWS4-HMAC-SHA256'

/** What a signature covers. */
export interface SignedContent {
  readonly method: string
  /** As it is in the request line, percent-encoded. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  /** The SHA-256 of the body, in hex. */
  readonly payloadHash: string
}

/** The time and the purpose of a signature. */
export interface SigningContext {
  /** `20150830T123600Z` */
  readonly time: string
  /** `20150830/us-east-1/bedrock/aws4_request` */
  readonly scope: string
}

/** The key of one day, region and service. */
export const signingKey = (secretAccessKey: string, scope: string): Uint8Array =>
  scope.split('/').reduce<Uint8Array>(hmac, Buffer.from(`AWS4${secretAccessKey}`))

/** The names of the signed headers, in the order of the signature. */
export const signedNames = (headers: Readonly<Record<string, string>>): string =>
  canonicalHeaders(headers)
    .map(([name]) => name)
    .join(';')

/** The signature, in hex. All headers of `content` are signed. */
export function signatureOf(content: SignedContent, { time, scope }: SigningContext, key: Uint8Array): string {
  const request = [
    content.method,
    canonicalPath(content.path),
    canonicalQuery(content.query),
    ...canonicalHeaders(content.headers).map(([name, value]) => `${name}:${value}`),
    '',
    signedNames(content.headers),
    content.payloadHash,
  ].join('\n')
  const hash = createHash('sha256').update(request).digest('hex')
  return Buffer.from(hmac(key, `${ALGORITHM}\n${time}\n${scope}\n${hash}`)).toString('hex')
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
