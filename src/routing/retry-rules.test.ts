import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type ErrorCode, errorCodes, GatewayError } from '../errors.ts'
import { backoffMs, mayRetrySameEndpoint, retriesAfter, retryKinds } from './retry-rules.ts'
import { runs } from '../../test/runs.ts'

const rules = (after: object = {}) => ({ retries: 2, after, maxWaitMs: 0 })

test.each([
  ['upstream_reset', { connection: 5 }, 5],
  ['upstream_timeout', { timeout: 0 }, 0],
  ['upstream_timeout', { connection: 5 }, 2],
  ['upstream_connect_timeout', { connection: 5, timeout: 0 }, 5],
  ['upstream_headers_timeout', { connection: 5, timeout: 0 }, 0],
  ['upstream_malformed', { server: 1 }, 1],
  ['upstream_not_found', { credentials: 4 }, 4],
  ['unsupported_parameter', {}, 2],
] as const)('after %s with %j a call can be retried %i times', (code, after, retries) =>
  expect(retriesAfter(code, rules(after))).toBe(retries),
)

test('every retryable failure of an upstream has a kind', () => {
  const none = Object.fromEntries(retryKinds.map((kind) => [kind, 0]))
  const kindless = errorCodes.filter(
    (code) => new GatewayError(code, '').retryable && retriesAfter(code, rules(none)) > 0,
  )
  expect(kindless).toEqual(['overloaded'] satisfies ErrorCode[]) // Sluice's own error, not an endpoint's
})

test('the same endpoint is retried only after failures that can be temporary', () =>
  expect(errorCodes.filter(mayRetrySameEndpoint).toSorted()).toEqual([
    'upstream_failed',
    'upstream_overloaded',
    'upstream_rate_limited',
    'upstream_reset',
    'upstream_unreachable',
  ]))

test('a backoff is a random time up to a bound that doubles to four seconds', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map((retry) => backoffMs(retry, () => 1))).toEqual([
    250, 500, 1000, 2000, 4000, 4000, 4000,
  ])
  fc.assert(
    fc.property(fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true }), (retry, chance) => {
      const bound = backoffMs(retry, () => 1)
      expect(backoffMs(retry, () => chance)).toBe(chance * bound)
    }),
    runs(),
  )
})
