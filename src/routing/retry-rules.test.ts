import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type ErrorCode, errorCodes, GatewayError } from '../errors.ts'
import { backoffMs, mayAskAgain, retriesAfter, retryKinds } from './retry-rules.ts'
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
] as const)('after %s with %j a call may be tried %i times more', (code, after, retries) =>
  expect(retriesAfter(code, rules(after))).toBe(retries),
)

test('every failure of an upstream that is worth another has a kind', () => {
  const none = Object.fromEntries(retryKinds.map((kind) => [kind, 0]))
  const kindless = errorCodes.filter(
    (code) => new GatewayError(code, '').retryable && retriesAfter(code, rules(none)) > 0,
  )
  expect(kindless).toEqual(['overloaded'] satisfies ErrorCode[]) // is ours: no endpoint said it
})

test('an endpoint is asked again only after failures that may be over', () =>
  expect(errorCodes.filter(mayAskAgain).toSorted()).toEqual([
    'upstream_failed',
    'upstream_overloaded',
    'upstream_rate_limited',
    'upstream_reset',
    'upstream_unreachable',
  ]))

test('a backoff is anything up to a bound that doubles to four seconds', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map((time) => backoffMs(time, () => 1))).toEqual([
    250, 500, 1000, 2000, 4000, 4000, 4000,
  ])
  fc.assert(
    fc.property(fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true }), (time, chance) => {
      const bound = backoffMs(time, () => 1)
      expect(backoffMs(time, () => chance)).toBe(chance * bound)
    }),
    runs(),
  )
})
