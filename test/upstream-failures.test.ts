// Upstreams that misbehave: Sluice fails over to another endpoint or returns a clear error, never an empty success.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { expectedText } from '../src/sim/expected.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import {
  chat,
  eventually,
  oneModel,
  readEvents,
  series,
  startGateway,
  type TestGateway,
  textOfEvents,
} from './gateway.ts'

let bad: Fleet
let good: Fleet
let alone: TestGateway
let paired: TestGateway
/** For upstreams that hang: `alone` with short timeouts, `hurried` for complete responses and `impatient` for streams. */
let hurried: TestGateway
let impatient: TestGateway

beforeAll(async () => {
  bad = await startFleet({ servers: 1, speed: 0 })
  good = await startFleet({ servers: 1, speed: 0 })
  const only = (timeouts: object) => startGateway(oneModel(bad.urls, { retries: 0, timeouts }))
  alone = await only({})
  hurried = await only({ firstEvent: '1s', idle: '300ms', total: '2s' })
  impatient = await only({ idle: '1s' })
  // An endpoint of weight 0 is chosen only if no other is left, so the bad one is always first.
  const endpoints = [bad.urls[0]!, { url: good.urls[0]!, weight: 0 }]
  paired = await startGateway({
    providers: { gpu: { type: 'vllm', endpoints } },
    models: { 'sim-1b': 'gpu/sim-1b' },
  })
})
afterAll(async () => {
  await Promise.all([alone, hurried, impatient, paired].map((gateway) => gateway?.stop()))
  bad?.stop()
  good?.stop()
})

/**
 * Arms a fault on the bad server and resets its health. Uses its own connections: the gateway runs in this process and
 * would reuse a connection that was busy, and so stayed open, when the fault closed the others.
 */
const setFault = async (fault: object) => {
  const url = `${bad.urls[0]}/sim/faults`
  await fetch(url, { method: 'DELETE', keepalive: false })
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(fault), keepalive: false })
  expect(answer.status).toBe(200)
  const reset = `/admin/endpoints/gpu/${new URL(bad.urls[0]!).host}/reset`
  for (const gateway of [alone, hurried, impatient, paired]) expect((await gateway.post(reset, '')).status).toBe(200)
}

/**
 * The events of a stream that fails after `after` upstream events. A reset discards what has not been read: if a busy
 * machine was late to read it, the request is sent again.
 */
async function failingStream(kind: string, after: number, body: object): Promise<string[]> {
  for (;;) {
    await setFault({ kind, after })
    const response = await impatient.post('/v1/chat/completions', body)
    const events = await readEvents(response)
    const forwarded = events.filter((data) => data !== '[DONE]' && !data.startsWith('{"error"')).length
    if (kind === 'reset' && forwarded < after) continue
    expect([response.status, events.at(-1)]).toEqual([200, '[DONE]'])
    return events
  }
}

interface ErrorBody {
  readonly error: { readonly message: string; readonly code: string; readonly type: string }
}

const BEFORE_FIRST_EVENT = [
  ['status-429', { retryAfter: 7 }, 429, /Rate limit/],
  ['status-500', {}, 500, /EngineCore/],
  ['status-503', { retryAfter: 2 }, 503, /overloaded/],
  ['html-error', {}, 502, /without a readable message/],
  ['empty', {}, 502, /is empty|untyped|stream/],
  ['error-event', {}, 500, /EngineCore/],
  ['drop', {}, 502, /closed the connection/],
  ['reset', {}, 502, /closed the connection/],
] as const

describe.each(BEFORE_FIRST_EVENT)('%s', (kind, more, status, message) => {
  beforeEach(() => setFault({ kind, ...more }))

  test.each([false, true])('is an HTTP error without another endpoint (stream: %p)', async (stream) => {
    const response = await alone.post('/v1/chat/completions', chat('Hello', { stream }))
    const { error } = (await response.json()) as ErrorBody
    expect({ status: response.status, message: error.message }).toEqual({
      status,
      message: expect.stringMatching(message),
    })
    if ('retryAfter' in more) expect(response.headers.get('retry-after')).toBe(String(more.retryAfter))
  })

  test.each([false, true])('fails over to another endpoint (stream: %p)', async (stream) => {
    const response = await paired.post('/v1/chat/completions', chat('Hello', { stream }))
    expect(response.status).toBe(200)
    expect(response.headers.get('x-sluice-attempts')).toBe('2')
    const text = stream
      ? textOfEvents(await readEvents(response))
      : ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]!.message.content
    expect(text).toBe(expectedText(chat('Hello')))
  })
})

describe('a complete response with the fault', () => {
  test.each([
    ['truncated-json', 502, 'upstream_malformed'],
    ['cut', 502, 'upstream_reset'],
    ['malformed-sse', 502, 'upstream_malformed'],
  ] as const)('%s is a 502', async (kind, status, code) => {
    await setFault({ kind, after: 1 })
    const response = await alone.post('/v1/chat/completions', chat('Hello'))
    expect(response.status).toBe(status)
    expect(['upstream_malformed', code]).toContain(((await response.json()) as ErrorBody).error.code)
  })

  test('hang is a 504 after the timeout', async () => {
    await setFault({ kind: 'hang' })
    const response = await hurried.post('/v1/chat/completions', chat('Hello'))
    expect(response.status).toBe(504)
    expect(((await response.json()) as ErrorBody).error.message).toBe(
      'The upstream did not complete its response within 2s (timeouts.total of the model "sim-1b").',
    )
  })
})

describe('a stream with the fault', () => {
  test('hang before the first event is a 504', async () => {
    await setFault({ kind: 'hang' })
    const response = await hurried.post('/v1/chat/completions', chat('Hello', { stream: true }))
    expect(response.status).toBe(504)
    expect(((await response.json()) as ErrorBody).error.message).toBe(
      'The upstream did not send the first event of its stream within 1s (timeouts.firstEvent of the model "sim-1b").',
    )
  })

  test.each([
    ['cut', 'upstream_cut'],
    ['reset', 'upstream_reset'],
    ['drop', 'upstream_reset'],
    ['hang-stream', 'upstream_idle_timeout'],
  ])('%s after three events ends with an error event', async (kind, code) => {
    const events = await failingStream(kind, 3, chat('Tell me a story', { stream: true, max_tokens: 40 }))
    const { error } = JSON.parse(events.at(-2)!) as ErrorBody
    expect([code, 'upstream_cut']).toContain(error.code)
    expect(expectedText(chat('Tell me a story', { max_tokens: 40 }))).toStartWith(textOfEvents(events.slice(0, -2)))
    expect(events.join('')).not.toContain('"finish_reason":"')
  })

  // The events: a role, five tokens (the last has the finish reason), usage (Sluice requests it), [DONE].
  const FINISHED = 6
  describe.each(['hang-stream', 'drop', 'reset', 'cut', 'truncated-json'])('%s', (kind) => {
    const ask = async (after: number, more: object = {}) => {
      const body = chat('Finish', { stream: true, max_tokens: 5, ...more })
      const events = await failingStream(kind, after, body)
      return { last: JSON.parse(events.at(-2)!) as object, text: textOfEvents(events), expected: expectedText(body) }
    }
    const usage = { stream_options: { include_usage: true } }

    test('after the finish reason succeeds, because the response is complete', async () => {
      const { last, text, expected } = await ask(FINISHED)
      expect(last).toHaveProperty('choices.0.finish_reason', 'length')
      expect(text).toBe(expected)
    })

    test('after the requested usage succeeds', async () => {
      expect((await ask(FINISHED + 1, usage)).last).toHaveProperty('usage.completion_tokens', 5)
    })

    test('before the requested usage fails if Sluice cannot compute the usage', async () => {
      expect((await ask(2 * FINISHED, { n: 2, ...usage })).last).toHaveProperty('error.code')
    })

    test('after only one of two choices has finished fails', async () => {
      expect((await ask(2 * FINISHED - 1, { n: 2 })).last).toHaveProperty('error.code')
    })

    test('after both choices have finished succeeds', async () => {
      const { last } = await ask(2 * FINISHED, { n: 2 })
      expect(last).toHaveProperty('choices.0.finish_reason', 'length')
    })
  })

  test('slow-drip arrives completely', async () => {
    await setFault({ kind: 'slow-drip' })
    const events = await readEvents(
      await alone.post('/v1/chat/completions', chat('Drip', { stream: true, max_tokens: 3 })),
    )
    expect(textOfEvents(events)).toBe(expectedText(chat('Drip', { max_tokens: 3 })))
  })
})

test('a refused connection fails over to another endpoint, and is a 502 without one', async () => {
  await setFault({ kind: 'refuse', seconds: 60 })
  await alone.post('/v1/chat/completions', chat('x')).catch(() => undefined)
  const response = await alone.post('/v1/chat/completions', chat('Hello'))
  expect(response.status).toBe(502)
  expect(((await response.json()) as ErrorBody).error.code).toMatch(/upstream_unreachable|upstream_reset/)
  expect((await paired.post('/v1/chat/completions', chat('Hello'))).status).toBe(200)
})

test('fallback models are tried in their order', async () => {
  const gateway = await startGateway({
    providers: {
      down: { type: 'vllm', endpoints: ['http://127.0.0.1:9'] },
      up: { type: 'vllm', endpoints: good.urls },
    },
    models: {
      first: { targets: ['down/sim-1b'], retries: 0, fallbacks: ['second', 'third'] },
      second: { targets: ['down/sim-1b'], retries: 0 },
      third: 'up/sim-1b',
    },
  })
  const response = await gateway.post('/v1/chat/completions', { ...chat('Hello'), model: 'first' })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-sluice-model')).toBe('third')
  expect(response.headers.get('x-sluice-attempts')).toBe('3')
  expect(series(await gateway.metrics(), 'sluice_fallbacks_total{kind="any",from="first",to="second"}')).toBe(1)
  await gateway.stop()
})

test('endpoints at their concurrency limit reject at once with retry-after if the queue is off', async () => {
  const slow = await startFleet({ servers: 1, speed: 0.02 })
  const gateway = await startGateway(oneModel(slow.urls, { admission: { maxQueued: 0 } }, { maxConcurrency: 1 }))
  const first = gateway.post('/v1/chat/completions', chat('One', { max_tokens: 2000, min_tokens: 2000 }))
  await eventually(() => slow.servers[0]!.engine.running > 0)
  const second = await gateway.post('/v1/chat/completions', chat('Two'))
  expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1'])
  expect(((await second.json()) as ErrorBody).error.code).toBe('overloaded')
  slow.stop()
  await first
  await gateway.stop()
})
