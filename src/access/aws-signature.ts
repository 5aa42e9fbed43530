// Requests of AWS's libraries, signed with the gateway's key as the secret access key. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
import { timingSafeEqual } from 'node:crypto'
import { ALGORITHM, signatureOf, signingKey } from '../codecs/aws-signature.ts'
import { GatewayError } from '../errors.ts'
import { MASTER, type Principal } from './authenticate.ts'
import type { MasterKey } from './master-key.ts'

/** A request before its body is read. A `Request` is one. */
export interface SignedRequest {
  readonly method: string
  readonly url: string
  /** The URL as the client sent and signed it, if `url` is another. */
  readonly sentUrl?: string
  readonly headers: Headers
}

/** A signature that is verified as soon as the body is known. */
export interface PendingSignature {
  /** Whether the signature is verified, except that the body must have the hash that is signed. */
  readonly isVerified: boolean
  /** The sender. Throws GatewayError `invalid_api_key` for a wrong signature. */
  verify(body: Uint8Array): Principal
}

const MAX_SKEW_MS = 5 * 60_000
const HASH = 'x-amz-content-sha256'

/** More than a library signs. */
const MAX_HEADERS = 50

export const isSigned = (headers: Headers): boolean => headers.get('authorization')?.startsWith(ALGORITHM) === true

/**
 * Reads the signature of a request: any access key id, the gateway's key as the secret. It is verified at once if the
 * request states the hash of its body, otherwise in `verify`. Throws GatewayError `invalid_api_key`.
 */
export function readSignature(request: SignedRequest, masterKey: MasterKey, nowMs: number): PendingSignature {
  const parts = partsOf(request.headers)
  checkTime(parts, nowMs)
  if (masterKey.secret === undefined) throw invalid(NO_SECRET)
  const key = signingKey(masterKey.secret, parts.scope)
  const check = (payloadHash: string) => {
    const expected = Buffer.from(signatureOf({ ...contentOf(request, parts), payloadHash }, parts, key), 'hex')
    if (!timingSafeEqual(expected, Buffer.from(parts.signature, 'hex'))) throw invalid(WRONG)
  }
  const stated = parts.names.includes(HASH) ? request.headers.get(HASH) : null
  if (stated !== null) check(stated)
  return {
    isVerified: stated !== null,
    verify(body) {
      const hash = Bun.SHA256.hash(body, 'hex')
      if (stated === null) check(hash)
      else if (hash !== stated) throw invalid('The body does not have the hash that was signed.')
      return MASTER
    },
  }
}

interface SignatureParts {
  readonly time: string
  readonly scope: string
  readonly names: readonly string[]
  readonly signature: string
}

/** The host in HTTP/2. The runtime has it as `host`. */
const AUTHORITY = ':authority'

const PATTERN =
  /^AWS4-HMAC-SHA256 +Credential=[^/,\s]+\/(\d{8}\/[\w-]{1,40}\/bedrock\/aws4_request), *SignedHeaders=((?::authority;)?[a-z0-9;_-]+), *Signature=([0-9a-f]{64})$/

function partsOf(headers: Headers): SignatureParts {
  const [, scope, names, signature] = PATTERN.exec(headers.get('authorization') ?? '') ?? []
  const time = headers.get('x-amz-date') ?? ''
  if (scope === undefined || !TIME.test(time)) throw invalid(UNREADABLE)
  const list = names!.split(';')
  const namesHost = list.includes('host') || list[0] === AUTHORITY
  if (list.length > MAX_HEADERS || !namesHost || !list.includes('x-amz-date')) throw invalid(UNREADABLE)
  return { time, scope, names: list, signature: signature! }
}

const TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

function checkTime({ time, scope }: SignatureParts, nowMs: number): void {
  const signedMs = Date.parse(time.replace(TIME, '$1-$2-$3T$4:$5:$6Z'))
  if (!scope.startsWith(time.slice(0, 8))) throw invalid(UNREADABLE)
  if (!(Math.abs(nowMs - signedMs) <= MAX_SKEW_MS))
    throw invalid('The signature is not of this time. Set the clock of the client: it may differ by five minutes.')
}

function contentOf({ method, sentUrl, url: path, headers }: SignedRequest, { names }: SignatureParts) {
  const url = sentUrl ?? path
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const query = url.indexOf('?', start)
  return {
    method,
    path: query === -1 ? url.slice(start) : url.slice(start, query),
    query: new URLSearchParams(query === -1 ? '' : url.slice(query + 1)),
    headers: Object.fromEntries(names.map((name) => [name, headers.get(name === AUTHORITY ? 'host' : name) ?? ''])),
  }
}

const NO_SECRET =
  'This gateway cannot verify signatures, because it has only the hash of its key. Set SLUICE_MASTER_KEY, or send the key as a bearer token (AWS_BEARER_TOKEN_BEDROCK).'

const WRONG =
  "The signature does not match. Use the gateway's key as the secret access key, and make sure that no proxy changes the host or the path."

const UNREADABLE =
  'The signature cannot be read. It must be Signature Version 4 for the service bedrock, with signed host and x-amz-date.'

/** The name by which AWS's libraries know that a wrong clock can be the cause: they correct theirs, and try again. */
const NAMED = { 'x-amzn-errortype': 'InvalidSignatureException' }

const invalid = (message: string) => new GatewayError('invalid_api_key', message, { headers: NAMED })
