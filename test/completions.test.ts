// The older Completions API in front of models that have only a chat API: OpenAI's library reads what the model wrote.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { readFrames } from '../src/codecs/framing/sse.ts'
import { parseFault } from '../src/sim/faults/fault.ts'
import { expectedText } from '../src/sim/expected.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { UPSTREAMS } from './clients/upstreams.ts'
import { KEY, startGateway, type TestGateway } from './gateway.ts'
import { type Recorder, startRecorder } from './recorder.ts'

/** Those without completions of their own. */
const CHAT_ONLY = UPSTREAMS.filter(({ name }) => name !== 'chat')

let fleets: Fleet[]
let native: Fleet
let recorder: Recorder
let gateway: TestGateway
let client: OpenAI
beforeAll(async () => {
  fleets = await Promise.all(CHAT_ONLY.map(({ model }) => startFleet({ servers: 1, speed: 0, model })))
  native = await startFleet({ servers: 1, speed: 0 })
  recorder = startRecorder()
  gateway = await startGateway({
    providers: {
      gpu: { type: 'vllm', baseUrl: native.urls[0] },
      recorded: { type: 'anthropic', baseUrl: `${recorder.url}/v1`, apiKey: 'k', health: { enabled: false } },
      ...Object.fromEntries(
        CHAT_ONLY.map(({ name, provider }, at) => [
          name,
          { ...provider(fleets[at]!.urls[0]!), health: { enabled: false } },
        ]),
      ),
    },
    models: {
      'sim-1b': 'gpu/sim-1b',
      recorded: 'recorded/claude-sonnet-4-5',
      ...Object.fromEntries(CHAT_ONLY.map(({ name, model }) => [name, { targets: [`${name}/${model}`], retries: 0 }])),
    },
  })
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY, maxRetries: 0 })
})
afterAll(async () => {
  await gateway?.stop()
  recorder?.stop()
  native?.stop()
  for (const fleet of fleets ?? []) fleet.stop()
})

const PROMPT = 'Once upon a time'

describe.each(CHAT_ONLY.map(({ name, model }) => [name, model] as const))('a chat model of %s', (name, model) => {
  const text = () => expectedText({ model, messages: [{ role: 'user', content: PROMPT }], max_completion_tokens: 200 })

  test('completes a prompt', async () => {
    const completion = await client.completions.create({ model: name, prompt: [PROMPT], max_tokens: 200, stop: null })
    expect(completion).toMatchObject({
      id: expect.stringMatching(/^cmpl-/),
      object: 'text_completion',
      created: expect.any(Number),
      model: expect.any(String),
      choices: [{ text: text(), index: 0, logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number) },
    })
  })

  test('streams the text, then the reason, then the usage', async () => {
    const stream = await client.completions.create({
      model: name,
      prompt: PROMPT,
      max_tokens: 200,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks: OpenAI.Completion[] = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe(text())
    expect(new Set(chunks.map(({ id, object }) => `${id} ${object}`)).size).toBe(1)
    const usage = chunks.pop()!
    expect(usage).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } })
    const reasons = chunks.map(({ choices }) => choices[0]!.finish_reason as string | null)
    expect([reasons.pop(), new Set(reasons)]).toEqual(['stop', new Set([null])])
    expect(chunks.every((chunk) => chunk.usage === null)).toBe(true)
  })

  test('ends at its limit', async () => {
    const completion = await client.completions.create({ model: name, prompt: PROMPT, max_tokens: 3 })
    expect(completion.choices[0]!.finish_reason).toBe('length')
  })
})

test('a stream without requested usage has none, and ends with [DONE]', async () => {
  const response = await gateway.post('/v1/completions', { model: 'gemini', prompt: PROMPT, stream: true })
  expect(response.headers.get('content-type')).toStartWith('text/event-stream')
  const frames = readFrames(await response.text())
  expect(frames.pop()!.data).toBe('[DONE]')
  expect(frames.some(({ data }) => data.includes('usage'))).toBe(false)
})

test('a stream that breaks ends in an error event', async () => {
  await fleets[0]!.servers[0]!.faults.arm(parseFault('cut:1:100:after=4'))
  const stream = await client.completions.create({ model: CHAT_ONLY[0]!.name, prompt: PROMPT, stream: true })
  const read = async () => {
    for await (const _ of stream);
  }
  expect(
    await read().then(
      () => 'complete',
      (thrown: unknown) => thrown,
    ),
  ).toBeInstanceOf(OpenAI.APIError)
  fleets[0]!.servers[0]!.faults.clear()
})

test('several choices come from a model that has them, and none else', async () => {
  const ask = (model: string) => gateway.post('/v1/completions', { model, prompt: PROMPT, n: 2, max_tokens: 5 })
  const response = await ask('gemini')
  const { choices } = (await response.json()) as { choices: { index: number }[] }
  expect([response.status, choices.map(({ index }) => index)]).toEqual([200, [0, 1]])
  expect((await ask('anthropic')).status).toBe(400)
})

test('text that is not the answer is left out, with a warning', async () => {
  recorder.respondWith(() => ({
    type: 'message',
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'Hm.', signature: 's' },
      { type: 'text', text: 'Yes.' },
    ],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  }))
  const body = { model: 'recorded', prompt: PROMPT, temperature: 0.5, stop: ['\n'], user: 'u', seed: 1, odd: 1 }
  const response = await gateway.post('/v1/completions', body)
  expect(await response.json()).toMatchObject({ choices: [{ text: 'Yes.', finish_reason: 'stop' }] })
  expect(response.headers.get('x-sluice-warnings')).toMatch(/seed.*odd|odd.*seed/)
  expect(recorder.lastRequest).toMatchObject({
    messages: [{ role: 'user' }],
    temperature: 0.5,
    metadata: { user_id: 'u' },
  })
})

test('a model that has completions of its own gets the request as it is', async () => {
  const completion = await client.completions.create({ model: 'sim-1b', prompt: [PROMPT, PROMPT], echo: true })
  expect(completion.choices).toHaveLength(2)
  expect(completion.choices[0]!.text).toStartWith(PROMPT)
})

test('a model that has neither is an error', async () => {
  const own = await startGateway({
    providers: { voyage: { apiKey: 'k', baseUrl: recorder.url } },
    models: { v: 'voyage/voyage-3' },
  })
  const response = await own.post('/v1/completions', { model: 'v', prompt: 'x' })
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('does not offer completions')])
  await own.stop()
})

describe('a request that no chat model can serve is rejected by its field', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['echo', true, 'echo', /completes no text/],
    ['suffix', 'the end', 'suffix', /completes no text/],
    ['best_of', 3, 'best_of', /completes no text/],
    ['logprobs', 0, 'logprobs', /completes no text/],
    ['prompt', ['a', 'b'], 'prompt', /one prompt/],
    ['prompt', [1, 2], 'prompt', /tokens/],
    ['prompt', [[1, 2]], 'prompt', /tokens/],
    ['prompt', ['a', 1], 'prompt[1]', /must be a string/],
    ['prompt', [{}], 'prompt[0]', /must be a string/],
    ['prompt', [], 'prompt', /empty/],
    ['prompt', {}, 'prompt', /string or array/],
    ['echo', 'yes', 'echo', /true or false/],
    ['suffix', 1, 'suffix', /string/],
    ['best_of', 'x', 'best_of', /number/],
    ['logprobs', true, 'logprobs', /number/],
    ['n', 0, 'n', /at least 1/],
    ['max_tokens', -1, 'max_tokens', /at least 0/],
    ['stop', [1], 'stop', /list of strings/],
    ['stream_options', [], 'stream_options', /object/],
    ['guided_regex', 'x', 'guided_regex', /no such field/],
  ])('%s: %j', async (field, value, param, message) => {
    const body = { model: 'anthropic', prompt: PROMPT, [field]: value }
    const response = await gateway.post('/v1/completions', body)
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.objectContaining({ param, message: expect.stringMatching(message) }) },
    ])
  })

  test.each([
    ['echo', false],
    ['suffix', ''],
    ['suffix', null],
    ['best_of', 1],
    ['logprobs', null],
  ])('but %s: %j is what every model does', async (field, value) => {
    const body = { model: 'anthropic', prompt: PROMPT, max_tokens: 5, [field]: value }
    const response = await gateway.post('/v1/completions', body)
    expect([response.status, response.headers.get('x-sluice-warnings')]).toEqual([200, null])
  })
})
