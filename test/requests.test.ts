// Complete and streamed requests through the gateway to simulated servers.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
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

let fleet: Fleet
let gateway: TestGateway
beforeAll(async () => {
  fleet = await startFleet({ servers: 2, speed: 0 })
  gateway = await startGateway({
    ...oneModel(fleet.urls, { aliases: ['small'] }),
    routes: { '/v1/1b': 'sim-1b', '/team/a': 'sim-1b' },
  })
})
afterAll(async () => {
  await gateway?.stop()
  fleet?.stop()
})

test.each([
  '/v1/chat/completions',
  '/chat/completions',
  '/v1/1b/chat/completions',
  '/v1/1b/v1/chat/completions',
  '/team/a/v1/chat/completions',
  '/team/a/chat/completions',
  '/openai/deployments/sim-1b/chat/completions?api-version=2024-10-21',
  '/openai/v1/chat/completions',
])('a chat request to %s gets a response', async (path) => {
  const response = await gateway.post(path, chat('Hello'))
  expect(response.status).toBe(200)
  const body = (await response.json()) as { choices: { message: { content: string } }[] }
  expect(body.choices[0]!.message.content).toBe(expectedText(chat('Hello')))
})

test('every response names its model and endpoint, the number of attempts and the overhead', async () => {
  const { headers } = await gateway.post('/v1/chat/completions', chat('Hi'), { 'x-request-id': 'my-request-1' })
  expect(headers.get('x-request-id')).toBe('my-request-1')
  expect(headers.get('x-sluice-model')).toBe('sim-1b')
  expect(headers.get('x-sluice-endpoint')).toMatch(/^gpu\/127\.0\.0\.1:\d+$/)
  expect(headers.get('x-sluice-attempts')).toBe('1')
  expect(Number(headers.get('x-sluice-overhead-duration-ms'))).toBeGreaterThan(0)
  expect(headers.get('server-timing')).toMatch(/^sluice;dur=[\d.]+, upstream;dur=[\d.]+$/)
})

describe('a stream', () => {
  test('has the same text as the complete response, and ends with [DONE]', async () => {
    const events = await readEvents(await gateway.post('/v1/chat/completions', chat('Stream', { stream: true })))
    expect(textOfEvents(events)).toBe(expectedText(chat('Stream')))
    expect(events.at(-1)).toBe('[DONE]')
  })

  test.each([
    ['omits the usage that only Sluice requested', {}, false],
    ['includes the usage that the client requested', { stream_options: { include_usage: true } }, true],
    ['omits the usage that the client turned off', { stream_options: { include_usage: false } }, false],
    ['treats null stream options as absent', { stream_options: null }, false],
  ])('%s', async (_title, more, shown) => {
    const events = await readEvents(
      await gateway.post('/v1/chat/completions', chat('Usage', { stream: true, ...more })),
    )
    expect(events.some((data) => data.includes('"choices":[]'))).toBe(shown)
  })

  test('is counted with its tokens, whether or not the client requested usage', async () => {
    const name = 'sluice_tokens_total{provider="gpu",model="sim-1b",kind="output"}'
    const before = series(await gateway.metrics(), name)
    await readEvents(await gateway.post('/v1/chat/completions', chat('Count me', { stream: true, max_tokens: 7 })))
    await eventually(async () => series(await gateway.metrics(), name) === before + 7)
  })
})

test('legacy completions and embeddings are served', async () => {
  const completion = await gateway.post('/v1/completions', { model: 'small', prompt: 'Once', max_tokens: 3 })
  expect(((await completion.json()) as { object: string }).object).toBe('text_completion')
  const embedding = await gateway.post('/v1/embeddings', { model: 'sim-1b', input: ['a', 'b'] })
  expect(((await embedding.json()) as { data: unknown[] }).data).toHaveLength(2)
})

test.each([
  ['/v1/models', ['sim-1b', 'small']],
  ['/models', ['sim-1b', 'small']],
  ['/v1/1b/models', ['sim-1b']],
])('%s lists the models %j', async (path, ids) => {
  const { data } = (await (await gateway.get(path)).json()) as { data: { id: string }[] }
  expect(data.map(({ id }) => id)).toEqual(ids)
})

test.each([
  ['/v1/models/sim-1b', 200],
  ['/v1/models/small', 200],
  ['/v1/models/sim-2b', 404],
])('%s returns %i', async (path, status) => expect((await gateway.get(path)).status).toBe(status))

test('a client that disconnects aborts the upstream request, complete or streamed', async () => {
  const slow = await startFleet({ servers: 1, speed: 0.05 })
  const slowGateway = await startGateway(oneModel(slow.urls))
  const running = () => slow.servers[0]!.engine.running
  for (const stream of [false, true]) {
    const controller = new AbortController()
    const call = fetch(`${slowGateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test-master' },
      body: JSON.stringify(chat('Long', { stream, max_tokens: 500 })),
      signal: controller.signal,
    }).then((response) => response.text())
    await eventually(() => running() === 1)
    controller.abort()
    await expect(call).rejects.toThrow()
    await eventually(() => running() === 0)
  }
  await eventually(
    async () =>
      series(
        await slowGateway.metrics(),
        'sluice_endpoint_in_flight{endpoint="gpu/' + new URL(slow.urls[0]!).host + '"}',
      ) === 0,
  )
  await slowGateway.stop()
  slow.stop()
})
