import { afterAll, expect, test } from 'bun:test'
import { eventually } from '../../test/gateway.ts'
import { expectedAnswers, expectedText } from './expected.ts'
import { createSimServer, type SimServer, type SimServerOptions } from './server.ts'

const running: SimServer[] = []
afterAll(() => running.forEach((server) => server.stop()))

async function start(options: SimServerOptions = {}): Promise<SimServer> {
  const server = await createSimServer({ speed: 0, ...options })
  running.push(server)
  return server
}

const server = await start()
const bodyOf = (text: string, changes: object = {}) => ({ messages: [{ role: 'user', content: text }], ...changes })

const post = (path: string, body: unknown, init: RequestInit = {}, to: SimServer = server) =>
  fetch(to.url + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), ...init })

interface Chunk {
  readonly choices: readonly {
    readonly index: number
    readonly delta: { readonly role?: string; readonly content?: string }
    readonly text?: string
    readonly finish_reason: string | null
  }[]
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number }
  readonly id: string
}

/** The events of a stream, without the final `[DONE]`, whose presence is checked. */
async function events(response: Response): Promise<Chunk[]> {
  const blocks = (await response.text()).split('\n\n')
  expect(blocks.splice(-2)).toEqual(['data: [DONE]', ''])
  return blocks.map((block) => JSON.parse(block.slice('data: '.length)) as Chunk)
}

const textOf = (chunks: readonly Chunk[], index = 0) =>
  chunks
    .flatMap((chunk) =>
      chunk.choices.filter((choice) => choice.index === index).map(({ delta }) => delta.content ?? ''),
    )
    .join('')

async function whole(body: unknown, to: SimServer = server) {
  const response = await post('/v1/chat/completions', body, {}, to)
  const answer = (await response.json()) as {
    choices: { message: { content: string }; finish_reason: string; stop_reason: string | null }[]
    usage: { prompt_tokens: number; completion_tokens: number; prompt_tokens_details: { cached_tokens: number } }
  }
  return {
    ...answer.choices[0]!,
    text: answer.choices[0]!.message.content,
    choices: answer.choices,
    usage: answer.usage,
  }
}

test('a whole response has the expected text and usage', async () => {
  const body = bodyOf('What is a harbour?')
  const { text, finish_reason, usage } = await whole(body)
  expect(text).toBe(expectedText(body))
  expect([finish_reason, usage.completion_tokens]).toEqual(['stop', expectedAnswers(body)[0]!.completionTokens])
})

test('a stream begins with the role, has the same text, and ends with a finish reason', async () => {
  const body = bodyOf('What is a harbour?')
  const response = await post('/v1/chat/completions', { ...body, stream: true })
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const chunks = await events(response)
  expect(chunks[0]!.choices[0]).toMatchObject({ delta: { role: 'assistant', content: '' }, finish_reason: null })
  expect(chunks.at(-1)!.choices[0]).toMatchObject({ delta: { content: '' }, finish_reason: 'stop' })
  expect(textOf(chunks)).toBe(expectedText(body))
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
  expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false)
})

test('a stream cut by the token limit has the finish reason on its last token', async () => {
  const chunks = await events(await post('/v1/chat/completions', bodyOf('Hi', { stream: true, max_tokens: 3 })))
  expect(chunks).toHaveLength(4)
  expect(chunks[3]!.choices[0]!.delta.content).not.toBe('')
  expect(chunks[3]!.choices[0]!.finish_reason).toBe('length')
})

test('requested usage has a chunk of its own; continuous usage is on every chunk', async () => {
  const stream = (options: object) => bodyOf('Hi', { stream: true, max_tokens: 3, stream_options: options })
  const once = await events(await post('/v1/chat/completions', stream({ include_usage: true })))
  expect(once.map((chunk) => chunk.usage?.completion_tokens)).toEqual([undefined, undefined, undefined, undefined, 3])
  expect(once.at(-1)!.choices).toEqual([])
  const always = await post('/v1/chat/completions', stream({ include_usage: true, continuous_usage_stats: true }))
  expect((await events(always)).map((chunk) => chunk.usage?.completion_tokens)).toEqual([undefined, 1, 2, 3, 3])
})

test('a partial response is continued exactly where it stopped', async () => {
  const body = bodyOf('Tell me a long story.')
  const text = expectedText(body)
  const partial = text.slice(0, 41)
  const messages = [...body.messages, { role: 'assistant', content: partial }]
  const more = { messages, continue_final_message: true, add_generation_prompt: false }
  expect(partial + (await whole(more)).text).toBe(text)
  expect(textOf(await events(await post('/v1/chat/completions', { ...more, stream: true })))).toBe(text.slice(41))
})

test('the continuation of a complete text is empty and counts no tokens', async () => {
  const body = bodyOf('Tell me a long story.')
  const messages = [...body.messages, { role: 'assistant', content: expectedText(body) }]
  const { text, finish_reason, usage } = await whole({
    messages,
    continue_final_message: true,
    add_generation_prompt: false,
  })
  expect([text, finish_reason, usage.completion_tokens]).toEqual(['', 'stop', 0])
})

test('choices, seeds and models give different texts; servers of one model give the same', async () => {
  const other = await start({ seed: 99 })
  const body = bodyOf('Speak.', { n: 3 })
  const { choices } = await whole(body)
  const texts = choices.map(({ message }) => message.content)
  expect(texts).toEqual(expectedAnswers(body).map(({ text }) => text))
  texts.push((await whole({ ...body, n: 1, seed: 5 })).text, expectedText(body, 'sim-3b'))
  expect(new Set(texts).size).toBe(5)
  expect((await whole(body, other)).text).toBe(texts[0]!)
})

test('a stop string ends the text before it', async () => {
  const text = expectedText(bodyOf('Stop somewhere.'))
  const stop = text.slice(30, 44)
  const answer = await whole(bodyOf('Stop somewhere.', { stop }))
  expect(answer).toMatchObject({ text: text.slice(0, text.indexOf(stop)), finish_reason: 'stop', stop_reason: stop })
})

test('a repeated prompt reports its cached tokens', async () => {
  const body = bodyOf(`${'Remember the old lighthouse. '.repeat(30)}?`, { max_tokens: 2 })
  const [first, second] = [await whole(body), await whole(body)]
  expect(first.usage.prompt_tokens_details.cached_tokens).toBe(0)
  expect(second.usage.prompt_tokens_details.cached_tokens).toBeGreaterThan(first.usage.prompt_tokens - 20)
})

test('completions respond to each prompt, whole or streamed', async () => {
  const body = { prompt: ['Once', [1, 2, 3]], n: 2, max_tokens: 4 }
  const answer = (await (await post('/v1/completions', body)).json()) as Chunk
  const texts = answer.choices.map(({ text }) => text!)
  expect(texts).toEqual(expectedAnswers(body).map(({ text }) => text))
  const chunks = await events(await post('/v1/completions', { ...body, stream: true }))
  const streamed = texts.map((_, index) =>
    chunks.flatMap((chunk) => chunk.choices).filter((one) => one.index === index),
  )
  expect(streamed.map((parts) => parts.map(({ text }) => text).join(''))).toEqual(texts)
})

test('echo repeats the prompt before the text', async () => {
  const body = { prompt: 'Once upon', max_tokens: 4 }
  const echoed = (await (await post('/v1/completions', { ...body, echo: true })).json()) as Chunk
  expect(echoed.choices[0]!.text).toBe(`Once upon${expectedText(body)}`)
})

test('embeddings are unit vectors, alike in floats and base64', async () => {
  const embed = async (changes: object) => {
    const response = await post('/v1/embeddings', { input: ['a cat', [1, 2]], dimensions: 16, ...changes })
    return (await response.json()) as { data: { embedding: number[] & string }[]; usage: object }
  }
  const [floats, packed] = [await embed({}), await embed({ encoding_format: 'base64' })]
  const vectors = packed.data.map(({ embedding }) =>
    Array.from(new Float32Array(Buffer.from(embedding, 'base64').buffer.slice(0, 64))),
  )
  expect(floats.data.map(({ embedding }) => embedding.length)).toEqual([16, 16])
  expect(Math.hypot(...floats.data[0]!.embedding)).toBeCloseTo(1, 5)
  for (const [at, vector] of vectors.entries()) expect(vector).toEqual(floats.data[at]!.embedding)
  expect(floats.usage).toMatchObject({ prompt_tokens: 4, total_tokens: 4 })
})

test('tokenize counts what chat counts', async () => {
  const body = bodyOf('How many tokens are these, café?')
  const counted = (await (await post('/tokenize', body)).json()) as { count: number; tokens: number[] }
  expect(counted.count).toBe((await whole(body)).usage.prompt_tokens)
  expect(counted.tokens).toHaveLength(counted.count)
})

test.each([
  ['/v1/chat/completions', '{', 400, null],
  ['/v1/chat/completions', '[]', 400, null],
  ['/v1/chat/completions', {}, 400, 'messages'],
  ['/v1/chat/completions', { messages: [{ role: 'wizard', content: 'x' }] }, 400, 'messages'],
  ['/v1/chat/completions', bodyOf('x', { model: 'gpt-9' }), 404, 'model'],
  ['/v1/chat/completions', bodyOf('x', { temperature: 3 }), 400, 'temperature'],
  ['/v1/chat/completions', bodyOf('x', { max_tokens: 0 }), 400, 'max_tokens'],
  ['/v1/chat/completions', bodyOf('x', { max_tokens: 200_000 }), 400, 'messages'],
  ['/v1/chat/completions', bodyOf('x', { stream_options: { include_usage: true } }), 400, 'stream_options'],
  ['/v1/chat/completions', bodyOf('x', { logprobs: true }), 400, 'logprobs'],
  ['/v1/chat/completions', bodyOf('x', { stop: [1] }), 400, 'stop'],
  ['/v1/completions', { prompt: [] }, 400, 'prompt'],
  ['/v1/embeddings', { input: { a: 1 } }, 400, 'input'],
  ['/v1/embeddings', { input: 'a', encoding_format: 'int8' }, 400, 'encoding_format'],
] as const)('%s rejects %j with %i about %p', async (path, body, status, param) => {
  const response = await post(path, body)
  const { error } = (await response.json()) as { error: { message: string; code: number; param: string | null } }
  expect([response.status, error.code, error.param]).toEqual([status, status, param])
  expect(error.message).not.toBe('')
})

test.each([
  ['GET', '/v1/nothing', 404],
  ['GET', '/v1/chat/completions', 405],
  ['GET', '/health', 200],
  ['GET', '/v1/models?limit=3', 200],
])('%s %s returns %i', async (method, path, status) => {
  expect((await fetch(server.url + path, { method })).status).toBe(status)
})

test('the load report is sent on request, the request id always', async () => {
  const headers = (format: string) => ({ 'endpoint-load-metrics-format': format, 'x-request-id': 'mine' })
  const answered = async (format: string) =>
    (await post('/v1/chat/completions', bodyOf('x'), { headers: headers(format) })).headers
  const text = await answered('TEXT')
  expect(text.get('x-request-id')).toBe('mine')
  expect(text.get('endpoint-load-metrics')).toBe(
    'TEXT named_metrics.kv_cache_usage_perc=0, named_metrics.num_requests_waiting=0',
  )
  expect((await answered('JSON')).get('endpoint-load-metrics')).toStartWith('JSON {"named_metrics":{')
  expect((await post('/v1/chat/completions', bodyOf('x'))).headers.has('endpoint-load-metrics')).toBe(false)
})

test('metrics have the names and labels of vLLM', async () => {
  const own = await start({ model: 'llama-8b' })
  await whole(bodyOf('Count me.', { max_tokens: 7 }), own)
  const page = await (await fetch(`${own.url}/metrics`)).text()
  const value = (name: string) =>
    new RegExp(`^vllm:${name}\\{[^}]*model_name="llama-8b"[^}]*\\} (.*)$`, 'm').exec(page)?.[1]
  expect(
    ['num_requests_running', 'num_requests_waiting', 'kv_cache_usage_perc', 'num_preemptions_total'].map(value),
  ).toEqual(['0', '0', '0', '0'])
  expect(
    ['generation_tokens_total', 'time_to_first_token_seconds_count', 'inter_token_latency_seconds_count'].map(value),
  ).toEqual(['7', '1', '6'])
  expect(page).toContain('block_size="16",num_gpu_blocks="27000"')
  expect(page).toMatch(/request_success_total\{[^}]*finished_reason="length"\} 1\n/)
})

test('a client that disconnects frees its sequence at once', async () => {
  const own = await start({ speed: 1 })
  const leaving = new AbortController()
  const body = bodyOf('Go on for ever.', { ignore_eos: true, max_tokens: 100_000, stream: true })
  const response = await post('/v1/chat/completions', body, { signal: leaving.signal }, own)
  await response.body!.getReader().read()
  expect([own.engine.running, own.engine.pool.used > 0]).toEqual([1, true])
  leaving.abort()
  await eventually(() => own.metrics.disconnects > 0)
  expect([own.engine.running, own.engine.pool.used, own.metrics.finished.abort]).toEqual([0, 0, 1])
})

test('a client that disconnects while it waits for a whole response frees its sequence too', async () => {
  const own = await start({ speed: 1 })
  const leaving = new AbortController()
  const body = bodyOf('Go on for ever.', { ignore_eos: true, max_tokens: 100_000 })
  const answer = post('/v1/chat/completions', body, { signal: leaving.signal }, own)
  await eventually(() => own.engine.running > 0)
  leaving.abort()
  await expect(answer).rejects.toThrow()
  await eventually(() => own.metrics.disconnects > 0)
  expect(own.engine.pool.used).toBe(0)
})

test('tokens arrive at the pace of the profile, divided by the speed', async () => {
  const own = await start({ model: 'sim-3b', speed: 4 })
  const startMs = performance.now()
  await whole(bodyOf('Take your time.', { ignore_eos: true, max_tokens: 100 }), own)
  const tookMs = performance.now() - startMs
  expect(tookMs).toBeGreaterThan((100 * 3.2) / 4)
  expect(own.metrics.interToken.sum * 1000).toBeCloseTo((99 * 3.2) / 4, 0)
})
