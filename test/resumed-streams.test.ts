// Streams whose server fails in the middle: another endpoint generates the rest, and the client sees one stream.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { OpenAI } from 'openai'
import { expectedAnswers, expectedReply, expectedText } from '../src/sim/expected.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { startChild, urlIn } from './child.ts'
import {
  chat,
  inBatches,
  KEY,
  oneModel,
  readEvents,
  series,
  startGateway,
  type TestGateway,
  textOfEvents,
} from './gateway.ts'

let bad: Fleet
let good: Fleet
let gateway: TestGateway
// An endpoint of weight 0 is chosen only if no other is left, so the bad one is always first. Only that one has a short
// idle timeout.
const pair = (model: object = {}, type = 'vllm') => ({
  providers: {
    gpu: { type, endpoints: bad.urls, timeouts: { idle: '300ms' } },
    spare: { type, endpoints: [{ url: good.urls[0]!, weight: 0 }] },
  },
  models: { 'sim-1b': { targets: ['gpu/sim-1b', 'spare/sim-1b'], ...model } },
})
beforeAll(async () => {
  bad = await startFleet({ servers: 1, speed: 0 })
  good = await startFleet({ servers: 1, speed: 0 })
  gateway = await startGateway(pair())
})
afterAll(async () => {
  await gateway?.stop()
  bad?.stop()
  good?.stop()
})
afterEach(async () => {
  for (const [provider, { servers }] of [
    ['gpu', bad],
    ['spare', good],
  ] as const)
    for (const { url, faults } of servers) {
      await faults.clear()
      await gateway.post(`/admin/endpoints/${provider}/${new URL(url).host}/reset`, '') // forgets the failures of the last test
    }
})

const setFault = (fault: object) => fetch(`${bad.urls[0]}/sim/faults`, { method: 'POST', body: JSON.stringify(fault) })
const story = (more: object = {}) => chat('Tell me a long story', { stream: true, ...more })

interface Chunk {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly choices: readonly { readonly finish_reason: string | null; readonly delta: { readonly role?: string } }[]
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number }
}
const chunksOf = (events: readonly string[]) =>
  events.filter((data) => data !== '[DONE]').map((data) => JSON.parse(data) as Chunk)

describe.each([
  ['cut', 5],
  ['drop', 5],
  ['reset', 1],
  ['reset', 30],
  ['hang-stream', 4],
  ['malformed-sse', 5],
])('a stream with the fault %s after %i events', (kind, after) => {
  test('reaches the client as one unbroken stream', async () => {
    const [whole] = expectedAnswers(story())
    const reference = chunksOf(
      await readEvents(await gateway.post('/v1/chat/completions', story({ stream_options: { include_usage: true } }))),
    )
    await setFault({ kind, after })
    const response = await gateway.post('/v1/chat/completions', story({ stream_options: { include_usage: true } }))
    const events = await readEvents(response)
    const chunks = chunksOf(events)
    expect(textOfEvents(events)).toBe(whole!.text)
    expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1)
    expect(chunks.filter(({ choices }) => choices[0]?.finish_reason)).toHaveLength(1)
    expect(chunks.filter(({ choices }) => choices[0]?.delta.role)).toHaveLength(1)
    expect(events.filter((data) => data === '[DONE]')).toHaveLength(1)
    expect(chunks.at(-1)!.usage).toMatchObject({
      prompt_tokens: reference.at(-1)!.usage!.prompt_tokens,
      completion_tokens: whole!.completionTokens,
      total_tokens: reference.at(-1)!.usage!.total_tokens,
    })
  })

  test('keeps max_tokens across both servers', async () => {
    await setFault({ kind, after })
    const body = story({ max_tokens: 35 })
    const events = await readEvents(await gateway.post('/v1/chat/completions', body))
    expect(textOfEvents(events)).toBe(expectedText(body))
    expect(chunksOf(events).at(-1)!.choices[0]!.finish_reason).toBe('length')
    expect(events.join('')).not.toContain('"usage":{')
  })
})

// The events: a role, five tokens (the last has the finish reason), usage, [DONE].
test.each(['cut', 'drop', 'reset', 'hang-stream', 'malformed-sse'])(
  'usage is sent even if the fault %s strikes between the finish reason and the usage',
  async (kind) => {
    for (const length of [{ max_tokens: 5 }, { max_tokens: 5, min_tokens: 5 }]) {
      await setFault({ kind, after: 6, count: 1 })
      const body = story({ ...length, stream_options: { include_usage: true } })
      const events = await readEvents(await gateway.post('/v1/chat/completions', body))
      const chunks = chunksOf(events)
      const { usage } = expectedReply(body)
      expect(textOfEvents(events)).toBe(expectedText(body))
      expect(chunks.filter(({ choices }) => choices[0]?.finish_reason)).toHaveLength(1)
      expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
      expect(chunks.at(-1)!.usage).toMatchObject({
        prompt_tokens: usage.promptTokens,
        completion_tokens: 5,
        total_tokens: usage.promptTokens + 5,
      })
      expect(events.filter((data) => data === '[DONE]')).toHaveLength(1)
    }
  },
)

test.each(['sglang', 'llamacpp'])('servers of type %s resume a stream too', async (type) => {
  const own = await startGateway(pair({}, type))
  await setFault({ kind: 'cut', after: 5 })
  expect(textOfEvents(await readEvents(await own.post('/v1/chat/completions', story())))).toBe(expectedText(story()))
  expect(series(await own.metrics(), 'sluice_streams_continued_total{model="sim-1b"}')).toBe(1)
  await own.stop()
})

test('a stream waits for capacity if the other endpoints are full, and is still one stream', async () => {
  const [dying, busy] = [await startFleet({ servers: 1, speed: 0 }), await startFleet({ servers: 1, speed: 0.1 })]
  const endpoints = [dying.urls[0]!, { url: busy.urls[0]!, weight: 0, maxConcurrency: 1 }]
  const narrow = await startGateway({
    providers: { gpu: { type: 'vllm', endpoints } },
    models: { 'sim-1b': { targets: ['gpu/sim-1b'] } },
  })
  // The first request is cut at once and resumed on the busy endpoint, which then has no capacity for the second.
  await dying.servers[0]!.faults.arm({ kind: 'cut', rate: 1, count: null, after: 3, retryAfter: null, seconds: 0 })
  const bodies = [story({ max_tokens: 30 }), story({ max_tokens: 40 })]
  const answers = await Promise.all(
    bodies.map(async (body) => textOfEvents(await readEvents(await narrow.post('/v1/chat/completions', body)))),
  )
  expect(answers).toEqual(bodies.map((body) => expectedText(body)))
  await narrow.stop()
  dying.stop()
  busy.stop()
})

test('a stream returns to the first server if the second fails too', async () => {
  const cut = { kind: 'cut', after: 5, count: 1 }
  await setFault(cut)
  await fetch(`${good.urls[0]}/sim/faults`, { method: 'POST', body: JSON.stringify(cut) })
  const events = await readEvents(await gateway.post('/v1/chat/completions', story()))
  expect(textOfEvents(events)).toBe(expectedText(story()))
  expect(events.join('')).not.toContain('"error"')
})

test('a resumed stream has exactly the requested number of tokens', async () => {
  await setFault({ kind: 'drop', after: 9 })
  const body = story({ max_tokens: 150, min_tokens: 150 })
  const events = await readEvents(await gateway.post('/v1/chat/completions', body))
  expect(textOfEvents(events)).toBe(expectedText(body))
  expect(chunksOf(events).at(-1)!.choices[0]!.finish_reason).toBe('length')
})

const tool = {
  type: 'function',
  function: { name: 'f', parameters: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] } },
}
test.each([
  ['a tool call has begun', { tools: [tool], tool_choice: 'required' }],
  ['the response is JSON by schema', { response_format: { type: 'json_object' } }],
  ['there are two choices', { n: 2 }],
])('if %s, a stream that fails is not resumed and ends with an error event', async (_title, more) => {
  await setFault({ kind: 'drop', after: 3 })
  const events = await readEvents(await gateway.post('/v1/chat/completions', story(more)))
  expect(JSON.parse(events.at(-2)!)).toHaveProperty('error.code')
  expect(events.join('')).not.toContain('"finish_reason":"')
})

test('continueStreams: false of a model turns resuming off', async () => {
  const strict = await startGateway(pair({ continueStreams: false }))
  await setFault({ kind: 'drop', after: 3 })
  const events = await readEvents(await strict.post('/v1/chat/completions', story()))
  expect(JSON.parse(events.at(-2)!)).toHaveProperty('error.code')
  await strict.stop()
})

test('every stream stays exact if one of two servers is killed with SIGKILL', async () => {
  const start = () => startChild(['sim', '--model', 'sim-1b', '--port', '0', '--speed', '0.1'], /http:\/\/127/)
  const servers = await Promise.all([start(), start()])
  const urls = servers.map((server) => urlIn(server.output(), /(http:\/\/127\.0\.0\.1:\d+)/))
  const through = await startGateway(oneModel(urls, { policy: 'round_robin' }))
  const client = new OpenAI({ baseURL: `${through.url}/v1`, apiKey: KEY, maxRetries: 0 })
  let begun = 0
  const answers = await inBatches(
    Array.from({ length: 60 }, (_, index) => index),
    async (index) => {
      const body = { model: 'sim-1b', messages: [{ role: 'user' as const, content: `Story ${index}` }], max_tokens: 40 }
      let text = ''
      for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
        text += chunk.choices[0]?.delta.content ?? ''
        if (++begun === 200) servers[0]!.process.kill('SIGKILL')
      }
      return text === expectedText(body)
    },
    60,
  )
  expect(answers.filter((isExact) => !isExact)).toEqual([])
  expect(series(await through.metrics(), 'sluice_streams_continued_total{model="sim-1b"}')).toBeGreaterThan(0)
  await through.stop()
  servers.forEach((server) => server.process.kill('SIGKILL'))
})
