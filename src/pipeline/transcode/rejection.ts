import type { UpstreamResponse } from '../../upstream/http1/response.ts'
import type { ReadableHeaders } from '../../codecs/http1/header-fields.ts'
import { withoutMark } from '../../codecs/byte-order-mark.ts'
import { type ErrorCode, type ErrorDetails, GatewayError } from '../../errors.ts'
import type { UpstreamError } from '../../chat/upstream-error.ts'
import type { UpstreamErrorKind } from '../../errors.ts'
import { defined } from '../../formats/fields/defined.ts'
import type { Transcoder } from './transcoder.ts'
import { isRequestFault } from '../../formats/openai-shared/request-fault.ts'
import { type RefusalReason, refusalReason } from '../../formats/openai-shared/refusal-reason.ts'

type ErrorReader = Pick<Transcoder, 'readError' | 'forwardsErrors' | 'keepsStatus' | 'responseHeaders'>

/** Faults of the gateway's configuration: the upstream's text is for its operator. */
const OWN_FAULTS: ReadonlySet<ErrorCode> = new Set(['upstream_auth', 'upstream_unreachable'])

const MAX_ERROR_BYTES = 64 * 1024

/** An upstream's error response as a GatewayError. Its status, its message and its retry delay are kept. */
export async function rejection(response: UpstreamResponse, transcoder: ErrorReader): Promise<GatewayError> {
  const bytes = withoutMark(await readErrorBody(response))
  const upstreamError = transcoder.readError(Buffer.from(bytes).toString(), response.headers)
  const error = rejectionFrom(response.status, upstreamError, retryAfterMs(response.headers))
  const isFaulty = isRequestFault(response.status, upstreamError?.message ?? '')
  // The body of a request fault blames the server.
  const forwardsBody =
    transcoder.forwardsErrors &&
    upstreamError?.isEnvelope === true &&
    !OWN_FAULTS.has(error.code) &&
    (!isFaulty || transcoder.keepsStatus === true)
  const headers = { ...transcoder.responseHeaders(response.headers), ...error.details.headers }
  const upstream = forwardsBody ? { ...error.details.upstream, body: bytes } : error.details.upstream
  return new GatewayError(error.code, error.message, {
    ...error.details,
    headers,
    ...(isFaulty && transcoder.keepsStatus && { status: response.status }),
    ...(upstream && { upstream }),
  })
}

/** The same for an error inside a 200. The status is the one that the error names, otherwise 502. */
export const errorFromUpstream = (error: UpstreamError): GatewayError =>
  rejectionFrom(error.status ?? 502, error, undefined)

/** The kind of an error takes precedence over a generic status: a wrong key is a 400 at Google and xAI. */
const STATUS: Readonly<Partial<Record<UpstreamErrorKind, number>>> = {
  auth: 401,
  permission: 403,
  'not-found': 404,
  'rate-limit': 429,
  billing: 402,
  overloaded: 503,
  timeout: 504,
}

const statusOf = (status: number, kind: UpstreamErrorKind | undefined): number =>
  (status === 400 || status === 502) && kind ? (STATUS[kind] ?? status) : status

const REASONS: Readonly<Partial<Record<UpstreamErrorKind, RefusalReason>>> = {
  'context-length': 'context_length',
  'content-policy': 'content_policy',
}

const REFUSALS = {
  context_length: 'context_length_exceeded',
  content_policy: 'content_policy_violation',
} as const satisfies Record<RefusalReason, ErrorCode>

/**
 * The error for a request that this model cannot serve but another one might; undefined for others. Some servers report
 * it as a 5xx.
 */
function refusal(status: number, error: UpstreamError): GatewayError | undefined {
  const reason = (error.kind && REASONS[error.kind]) ?? refusalReason(status, error)
  if (!reason) return undefined
  const { message, param, type, code = '' } = error
  return new GatewayError(REFUSALS[reason], message, {
    status: status >= 400 && status < 500 ? status : 400,
    ...(param !== undefined && { param }),
    // A bare number is less specific than our own code.
    upstream: { ...(type !== undefined && { type }), ...(/\D/.test(code) && { code }) },
  })
}

/** The server does not have what the request needs. A retry at another server of the same kind would fail too. */
export const NOT_IMPLEMENTED = 501

function rejectionFrom(
  upstreamStatus: number,
  upstreamError: UpstreamError | undefined,
  headersWaitMs: number | undefined,
): GatewayError {
  if (upstreamStatus === 407)
    return new GatewayError(
      'upstream_unreachable',
      'The proxy requires credentials (status 407). Check the user name and password in HTTP_PROXY.',
    )
  const isFaulty = isRequestFault(upstreamStatus, upstreamError?.message ?? '')
  const status = isFaulty ? 400 : statusOf(upstreamStatus, upstreamError?.kind)
  const refused = upstreamError && refusal(status, upstreamError)
  if (refused) return refused
  const code = codeFor(status)
  const retryAfter = headersWaitMs ?? upstreamError?.retryAfterMs
  const details: ErrorDetails = {
    ...(status >= 400 && status < 600 && status !== 424 && code !== 'upstream_auth' && { status }),
    ...(retryAfter !== undefined && { retryAfterMs: retryAfter }),
    ...((upstreamError?.kind === 'no-result' || status === NOT_IMPLEMENTED) && { sparesEndpoint: true }),
    ...(status === NOT_IMPLEMENTED && { headers: { 'x-should-retry': 'false' } }),
  }
  if (code === 'upstream_auth')
    return new GatewayError(
      code,
      `The gateway's credentials for this provider were rejected (status ${status}). Contact the gateway operator.`,
      {
        ...details,
        headers: { 'x-should-retry': 'false' },
        cause: upstreamError?.message,
      },
    )
  if (!upstreamError)
    return new GatewayError(code, `The upstream returned status ${status} without a readable message.`, details)
  const { message, param, type, code: upstreamCode, kind } = upstreamError
  return new GatewayError(code, message, {
    ...details,
    ...(param !== undefined && { param }),
    upstream: isFaulty
      ? { kind: 'bad-request', type: 'invalid_request_error' }
      : defined({ type, code: upstreamCode, kind }),
  })
}

function codeFor(status: number): ErrorCode {
  if (status < 400) return 'upstream_malformed' // a redirect: Sluice's key must not be sent to another server
  if (status === 401 || status === 402 || status === 403) return 'upstream_auth' // 402: the account has no credit
  if (status === 404) return 'upstream_not_found'
  if (status === 408) return 'upstream_timeout'
  if (status === 424) return 'upstream_failed' // Bedrock: the model failed, not the request
  if (status === 429) return 'upstream_rate_limited'
  if (status === 503 || status === 529) return 'upstream_overloaded'
  return status >= 500 ? 'upstream_failed' : 'upstream_rejected'
}

/**
 * Milliseconds of `retry-after-ms`, or of `retry-after` in seconds or as a date; the larger one if both are present, since
 * Azure sends `retry-after-ms: 0` beside a real `retry-after`.
 */
export function retryAfterMs(headers: ReadableHeaders, nowMs = Date.now()): number | undefined {
  const exact = waitOf(Number(headers.get('retry-after-ms') || Number.NaN))
  const text = headers.get('retry-after')
  if (!text) return exact
  const other = waitOf(/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs)
  return other === undefined ? exact : Math.max(other, exact ?? 0)
}

const waitOf = (ms: number): number | undefined => (Number.isFinite(ms) && ms >= 0 ? ms : undefined)

async function readErrorBody({ body }: UpstreamResponse): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for (let chunk = await body.read(); chunk && bytes < MAX_ERROR_BYTES; chunk = await body.read()) {
      chunks.push(chunk)
      bytes += chunk.length
    }
    body.cancel()
  } catch {
    // The status is enough; a truncated error body is not forwarded.
  }
  return new Uint8Array(Buffer.concat(chunks))
}
