import type { UpstreamError } from '../../../chat/upstream-error.ts'
import type { UpstreamErrorKind } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'

/** Source: https://cloud.google.com/apis/design/errors#handling_errors */
const KINDS: Readonly<Record<string, UpstreamErrorKind>> = {
  INVALID_ARGUMENT: 'bad-request',
  FAILED_PRECONDITION: 'bad-request',
  OUT_OF_RANGE: 'bad-request',
  UNAUTHENTICATED: 'auth',
  PERMISSION_DENIED: 'permission',
  NOT_FOUND: 'not-found',
  ABORTED: 'conflict',
  ALREADY_EXISTS: 'conflict',
  RESOURCE_EXHAUSTED: 'rate-limit',
  UNAVAILABLE: 'overloaded',
  INTERNAL: 'internal',
  UNKNOWN: 'internal',
  DATA_LOSS: 'internal',
  UNIMPLEMENTED: 'bad-request',
  DEADLINE_EXCEEDED: 'timeout',
}

/** `reason` in the details, where it is more exact than the status: an invalid key is a 400. */
const REASONS: Readonly<Record<string, UpstreamErrorKind>> = {
  API_KEY_INVALID: 'auth',
  ACCESS_TOKEN_EXPIRED: 'auth',
  ACCESS_TOKEN_TYPE_UNSUPPORTED: 'auth',
  CREDENTIALS_MISSING: 'auth',
  BILLING_DISABLED: 'billing',
}

/** Kinds that only the message tells apart. */
const MESSAGES: readonly (readonly [RegExp, UpstreamErrorKind])[] = [
  [/input token count.*exceeds|exceeds the maximum number of( input)? tokens/i, 'context-length'],
  [/Unknown name "|Cannot find field/, 'unsupported-parameter'],
  [/Responsible AI practices|violates? .*polic/i, 'content-policy'],
  [/credits are depleted|billing account.*(disabled|closed)/i, 'billing'],
]

/** Reads an error body, complete or inside a stream; undefined for anything else. */
export function readUpstreamError(body: unknown): UpstreamError | undefined {
  // The endpoint that streams a list wraps errors in a list as well.
  const [envelope] = Array.isArray(body) ? (body as unknown[]) : [body]
  const error = isRecord(envelope) ? envelope['error'] : undefined
  if (!isRecord(error)) return undefined
  const { code, status } = error
  const message = typeof error['message'] === 'string' ? error['message'] : ''
  const details = Array.isArray(error['details']) ? (error['details'] as unknown[]).filter(isRecord) : []
  const reason = details.map((detail) => detail['reason']).find((value) => typeof value === 'string')
  const retryAfterMs = details.map((detail) => durationMs(detail['retryDelay'])).find((delay) => delay !== undefined)
  const kind = kindOf(message, reason, status)
  const [, param] = /Unknown name "([^"]+)"/.exec(message) ?? []
  return {
    message: message === '' ? 'The upstream gave no message.' : message,
    ...(typeof status === 'string' && { type: status }),
    ...(reason !== undefined && { code: reason }),
    ...(param !== undefined && { param }),
    ...(typeof code === 'number' && { status: code }),
    ...(kind && { kind }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    isEnvelope: envelope === body && typeof code === 'number' && message !== '',
  }
}

function kindOf(message: string, reason: string | undefined, status: unknown): UpstreamErrorKind | undefined {
  const byReason = reason === undefined ? undefined : REASONS[reason]
  const byStatus = typeof status === 'string' ? KINDS[status] : undefined
  return byReason ?? MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? byStatus
}

/** `34.4s`. Source: https://protobuf.dev/reference/protobuf/google.protobuf/#duration */
function durationMs(duration: unknown): number | undefined {
  const [, seconds] = typeof duration === 'string' ? (/^(\d+(?:\.\d+)?)s$/.exec(duration) ?? []) : []
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000)
}
