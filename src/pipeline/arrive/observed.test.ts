import { afterAll, describe, expect, test } from 'bun:test'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import { createTelemetry } from '../../telemetry/create-telemetry.ts'
import type { Call } from '../call/call.ts'
import { chooseModel } from '../choose/choose-model.ts'
import { observed } from './observed.ts'
import { DetachedCalls } from '../call/detached-calls.ts'

const telemetry = createTelemetry('silent', 'test')
afterAll(() => telemetry.stop())

const snapshot = snapshotFrom({ providers: { openai: { apiKey: 'x' } }, models: { small: 'openai/s' } })
const callOf = (model = 'small') => callFor(snapshot, { body: { model, messages: [1] } })
const answering = (answer: (call: Call) => Response) =>
  observed(telemetry.observers, new DetachedCalls())(async (call) => answer(call))

function failing(thrown: unknown) {
  return answering(() => {
    throw thrown
  })
}

describe('a thrown error becomes an error response', () => {
  test.each<[string, unknown, number, Record<string, string>]>([
    [
      'a GatewayError',
      new GatewayError('model_not_found', 'no'),
      404,
      { 'x-request-id': 'id-1', 'content-type': 'application/json' },
    ],
    ['any other error', new TypeError('no'), 500, {}],
    [
      'with a retry delay',
      new GatewayError('overloaded', 'no', { retryAfterMs: 1400 }),
      429,
      { 'retry-after': '2', 'retry-after-ms': '1400' },
    ],
    [
      'with headers',
      new GatewayError('upstream_auth', 'no', { headers: { 'x-should-retry': 'false' } }),
      502,
      { 'x-should-retry': 'false' },
    ],
  ])('%s', async (_title, thrown, status, headers) => {
    const response = await failing(thrown)(callOf())
    expect(response.status).toBe(status)
    for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name)).toBe(value)
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String), code: expect.any(String) } })
  })
})

const inFlight = () => /^http_requests_in_flight (\d+)/m.exec(telemetry.render())![1]

test('a complete response is settled at once, a stream when it ends, and each only once', async () => {
  await answering(() => new Response('yes'))(callOf())
  expect(inFlight()).toBe('0')
  const call = callOf()
  await answering((each) => {
    each.outcome.startStream()
    return new Response('')
  })(call)
  expect(inFlight()).toBe('1')
  call.outcome.settle(200)
  call.outcome.settle(499)
  expect(inFlight()).toBe('0')
})

test('model names that clients invent create no metric series', async () => {
  const reject = answering((call) => {
    chooseModel(call)
    return new Response('')
  })
  await reject(callOf('warm-up'))
  const before = telemetry.render().split('\n').length
  for (let index = 0; index < 200; index++) await reject(callOf(`hostile-${index}\n"}`))
  expect(telemetry.render().split('\n')).toHaveLength(before)
  expect(telemetry.render()).not.toContain('hostile')
})
