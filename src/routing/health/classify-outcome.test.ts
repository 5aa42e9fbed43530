import { describe, expect, test } from 'bun:test'
import { type ErrorCode, errorCodes, type ErrorDetails, GatewayError } from '../../errors.ts'
import { isOutOfQuota, classifyOutcome, type OutcomeClass } from './classify-outcome.ts'

const error = (code: ErrorCode, details: ErrorDetails = {}) => new GatewayError(code, 'no', details)

describe('what the end of an attempt means for its endpoint', () => {
  test.each<[ErrorCode, ErrorDetails, before: OutcomeClass, after: OutcomeClass]>([
    ['upstream_unreachable', {}, 'failure', 'broken'],
    ['upstream_reset', {}, 'failure', 'broken'],
    ['upstream_malformed', {}, 'failure', 'broken'],
    ['upstream_failed', { status: 500 }, 'failure', 'broken'],
    ['upstream_cut', {}, 'failure', 'broken'],
    ['upstream_timeout', { status: 408 }, 'failure', 'broken'],
    ['upstream_connect_timeout', {}, 'failure', 'broken'],
    ['upstream_headers_timeout', {}, 'failure', 'broken'],
    ['upstream_first_event_timeout', {}, 'failure', 'broken'],
    ['upstream_first_event_timeout', { isCallerTimeout: true }, 'nothing', 'nothing'],
    ['upstream_idle_timeout', {}, 'failure', 'broken'],
    ['upstream_total_timeout', {}, 'failure', 'nothing'],
    ['upstream_total_timeout', { isCallerTimeout: true }, 'nothing', 'nothing'],
    ['upstream_overloaded', { status: 503 }, 'failure', 'broken'],
    ['upstream_overloaded', { status: 503, retryAfterMs: 0 }, 'backpressure', 'backpressure'],
    ['upstream_overloaded', { status: 529 }, 'backpressure', 'backpressure'],
    ['upstream_rate_limited', { status: 429 }, 'backpressure', 'backpressure'],
    ['upstream_rejected', { status: 402 }, 'backpressure', 'backpressure'],
    ['upstream_rejected', { status: 400 }, 'nothing', 'nothing'],
    ['upstream_rejected', { status: 422 }, 'nothing', 'nothing'],
    ['upstream_auth', {}, 'misconfigured', 'misconfigured'],
    ['upstream_not_found', { status: 404 }, 'misconfigured', 'misconfigured'],
    ['client_closed', {}, 'nothing', 'nothing'],
    ['unsupported_parameter', {}, 'nothing', 'nothing'],
    ['internal', {}, 'nothing', 'nothing'],
  ])('%s %j: %s before the first event, %s after', (code, details, before, after) =>
    expect([classifyOutcome(error(code, details), false), classifyOutcome(error(code, details), true)]).toEqual([
      before,
      after,
    ]),
  )

  test('only errors of upstreams affect health', () => {
    const gatewayErrors = errorCodes.filter((code) => !code.startsWith('upstream_'))
    expect(gatewayErrors.filter((code) => classifyOutcome(error(code), false) !== 'nothing')).toEqual([])
  })
})

test.each<[ErrorDetails, boolean]>([
  [{ status: 402 }, true],
  [{ status: 429, upstream: { code: 'insufficient_quota' } }, true],
  [{ status: 429, upstream: { type: 'insufficient_quota' } }, true],
  [{ status: 429, upstream: { code: 'rate_limit_exceeded' } }, false],
])('%j: the quota is used up: %p', (details, expected) =>
  expect(isOutOfQuota(error('upstream_rate_limited', details))).toBe(expected),
)
