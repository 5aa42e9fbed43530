import type { GatewayError } from '../../../errors.ts'
import { textOf } from '../../../codecs/text.ts'
import { statusFor, statusName } from './status.ts'

const TYPES = 'type.googleapis.com/google.rpc'

/**
 * `{error: {code, message, status, details}}`. An upstream's own error body is forwarded unchanged.
 * Source: https://cloud.google.com/apis/design/errors#error_model
 */
export function encodeError(error: GatewayError, requestId: string): { status: number; body: string } {
  const { upstream } = error.details
  const status = statusFor(error.status)
  if (upstream?.body) return { status, body: textOf(upstream.body) }
  return { status, body: JSON.stringify(envelopeOf(error, [{ '@type': `${TYPES}.RequestInfo`, requestId }])) }
}

export function envelopeOf(error: GatewayError, more: readonly unknown[] = []): Record<string, unknown> {
  const { param, retryAfterMs, upstream } = error.details
  const code = statusFor(error.status)
  const details = [
    { '@type': `${TYPES}.ErrorInfo`, reason: (upstream?.code ?? error.code).toUpperCase(), domain: 'sluice' },
    ...(param === undefined
      ? []
      : [{ '@type': `${TYPES}.BadRequest`, fieldViolations: [{ field: param, description: error.message }] }]),
    ...(retryAfterMs === undefined
      ? []
      : [{ '@type': `${TYPES}.RetryInfo`, retryDelay: `${Math.ceil(retryAfterMs) / 1000}s` }]),
    ...more,
  ]
  return { error: { code, message: error.message, status: statusName(code), details } }
}
