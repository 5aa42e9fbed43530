// Images and audio: forms of the official client, and responses of every kind.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { OpenAI, toFile } from 'openai'
import { eventually, KEY, series, startGateway, type TestGateway } from './gateway.ts'
import { type ReceivedRequest, startMediaUpstream } from './media-upstream.ts'
import { describeSlowBody } from './slow-body.ts'

const upstream = startMediaUpstream()
let gateway: TestGateway
let openai: OpenAI
beforeAll(async () => {
  gateway = await startGateway({
    providers: {
      media: {
        type: 'openai-compatible',
        baseUrl: upstream.url,
        apiKey: 'sk-upstream',
        health: { failureThreshold: 1000 },
      },
    },
    models: {
      ears: 'media/whisper-large',
      voice: { targets: ['media/kokoro'], retries: 0 },
      brush: 'media/flux',
    },
    routes: { '/v1/radio': 'ears' },
  })
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY, maxRetries: 0 })
})
afterAll(async () => {
  await gateway?.stop()
  upstream.stop()
})
beforeEach(() => upstream.clear())

const random = (bytes: number) => {
  const data = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(data.subarray(at, Math.min(bytes, at + 65_536)))
  return data
}

/** The parts of a form, by name; files as their bytes. */
async function formOf({ body, headers }: ReceivedRequest): Promise<Record<string, unknown>> {
  const form = await new Response(body, { headers: { 'content-type': headers.get('content-type')! } }).formData()
  const parts = [...(form as unknown as Iterable<[string, string | Blob]>)].map(async ([name, value]) => [
    name,
    typeof value === 'string' ? value : Buffer.from(await value.arrayBuffer()),
  ])
  return Object.fromEntries((await Promise.all(parts)) as [string, unknown][])
}

const USAGE = { type: 'tokens', input_tokens: 14, output_tokens: 5, total_tokens: 19 }
const events = (...data: object[]) =>
  new Response(data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(''), {
    headers: { 'content-type': 'text/event-stream' },
  })
const AUDIO = { 'content-type': 'audio/mpeg' }

describe('the official client', () => {
  test('transcribes, and the file arrives byte for byte', async () => {
    upstream.respondWith(() => Response.json({ text: 'Hello.', usage: USAGE }))
    const file = random(300_000)
    const { data, response } = await openai.audio.transcriptions
      .create({ model: 'ears', file: await toFile(file, 'a "b".mp3'), language: 'en' })
      .withResponse()
    expect(data).toEqual({ text: 'Hello.', usage: USAGE } as never)
    expect(response.headers.get('x-sluice-model')).toBe('ears')
    const [asked] = upstream.requests
    expect(asked!.path).toBe('/v1/audio/transcriptions')
    expect(asked!.headers.get('authorization')).toBe('Bearer sk-upstream')
    expect(await formOf(asked!)).toEqual({ model: 'whisper-large', language: 'en', file: Buffer.from(file) })
  })

  test('translates to subtitles', async () => {
    upstream.respondWith(
      () => new Response('WEBVTT\n\n00:00', { headers: { 'content-type': 'text/vtt; charset=utf-8' } }),
    )
    const file = await toFile(random(10), 'a.wav')
    const answer = openai.audio.translations.create({ model: 'ears', file, response_format: 'vtt' })
    expect(await (await answer.asResponse()).text()).toBe('WEBVTT\n\n00:00')
    expect((await answer.asResponse()).headers.get('content-type')).toBe('text/vtt; charset=utf-8')
  })

  test('streams a transcription', async () => {
    upstream.respondWith(() =>
      events(
        { type: 'transcript.text.delta', delta: 'Hel' },
        { type: 'transcript.text.done', text: 'Hello', usage: USAGE },
      ),
    )
    const before = await gateway.metrics()
    const file = await toFile(random(10), 'a.wav')
    const seen = await Array.fromAsync(await openai.audio.transcriptions.create({ model: 'ears', file, stream: true }))
    expect(seen.map(({ type }) => type)).toEqual(['transcript.text.delta', 'transcript.text.done'])
    const tokens = 'sluice_tokens_total{provider="media",model="ears",kind="input"}'
    await eventually(async () => series(await gateway.metrics(), tokens) === series(before, tokens) + 14)
  })

  test('generates speech', async () => {
    const sound = random(1_000_000)
    upstream.respondWith(() => new Response(sound, { headers: AUDIO }))
    const answer = await openai.audio.speech.create({ model: 'voice', voice: 'alloy', input: 'Hi' })
    expect(answer.headers.get('content-type')).toBe('audio/mpeg')
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(sound))).toBe(true)
    const body = JSON.parse(Buffer.from(upstream.requests[0]!.body).toString())
    expect(body).toEqual({ model: 'kokoro', voice: 'alloy', input: 'Hi' })
  })

  test('streams speech as events', async () => {
    upstream.respondWith(() =>
      events({ type: 'speech.audio.delta', audio: 'AAAA' }, { type: 'speech.audio.done', usage: USAGE }),
    )
    const answer = await openai.audio.speech.create({ model: 'voice', voice: 'a', input: 'Hi', stream_format: 'sse' })
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(await answer.text()).toContain('speech.audio.done')
  })

  test('generates images', async () => {
    const image = Buffer.from(random(3_000_000)).toString('base64')
    upstream.respondWith(() => Response.json({ created: 1, data: [{ b64_json: image }], usage: USAGE }))
    const { data } = await openai.images.generate({ model: 'brush', prompt: 'a cat', n: 1 })
    expect(data![0]!.b64_json).toBe(image)
    expect(upstream.requests[0]!.path).toBe('/v1/images/generations')
  })

  test('streams images', async () => {
    const b64_json = 'A'.repeat(500_000)
    upstream.respondWith(() =>
      events(
        { type: 'image_generation.partial_image', b64_json },
        { type: 'image_generation.completed', b64_json, usage: USAGE },
      ),
    )
    const stream = await openai.images.generate({ model: 'brush', prompt: 'a cat', stream: true, partial_images: 1 })
    expect((await Array.fromAsync(stream)).map(({ type }) => type)).toEqual([
      'image_generation.partial_image',
      'image_generation.completed',
    ])
  })

  test('edits several images', async () => {
    upstream.respondWith(() => Response.json({ created: 1, data: [{ url: 'https://x' }] }))
    const image = await Promise.all(
      [1, 2].map(async (size) => toFile(random(size * 1000), `${size}.png`, { type: 'image/png' })),
    )
    await openai.images.edit({ model: 'brush', image, prompt: 'a hat' })
    const form = await formOf(upstream.requests[0]!)
    expect(form).toMatchObject({ model: 'flux', prompt: 'a hat' })
    expect(Object.keys(form)).toContain('image[]')
  })

  test('creates a variation of an image', async () => {
    upstream.respondWith(() => Response.json({ created: 1, data: [] }))
    await openai.images.createVariation({ model: 'brush', image: await toFile(random(10), 'a.png') })
    expect(upstream.requests[0]!.path).toBe('/v1/images/variations')
  })

  test("gets the upstream's error message", async () => {
    upstream.respondWith(() =>
      Response.json(
        { error: { message: 'Too long.', type: 'invalid_request_error', param: 'input', code: null } },
        { status: 400 },
      ),
    )
    const call = async () => await openai.audio.speech.create({ model: 'voice', voice: 'a', input: 'Hi' })
    await expect(call()).rejects.toThrow('400 Too long.')
  })
})

const BOUNDARY = 'bound'
const post = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  gateway.post(path, body as string, { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, ...headers })
const field = (name: string, value: string) =>
  `--bound\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const file = (value: string, name = 'file') =>
  `--bound\r\nContent-Disposition: form-data; name="${name}"; filename="a"\r\nContent-Type: audio/wav\r\n\r\n${value}\r\n`
const END = '--bound--\r\n'

test('only the value of model changes in a form', async () => {
  upstream.respondWith(() => Response.json({ text: '' }))
  const form = (model: string) =>
    `${file('\r\n--boun\r\n')}${field('x', 'ä')}${field('model', model)}${field('model_x', 'ears')}${END}\r\n`
  expect((await post('/v1/audio/transcriptions', form('ears'))).status).toBe(200)
  expect(Buffer.from(upstream.requests[0]!.body).toString()).toBe(form('whisper-large'))
})

test.each([
  ['a route', '/v1/radio/audio/transcriptions'],
  ['the path of a deployment', '/openai/deployments/ears/audio/transcriptions?api-version=2025-01-01'],
])('%s sets the model of a form that has none', async (_title, path) => {
  upstream.respondWith(() => Response.json({ text: '' }))
  expect((await post(path, file('abc') + END)).status).toBe(200)
  expect(await formOf(upstream.requests[0]!)).toEqual({ model: 'whisper-large', file: Buffer.from('abc') })
})

test('25 MB of audio are forwarded unchanged', async () => {
  upstream.respondWith(() => Response.json({ text: '' }))
  const sound = random(25 * 1024 * 1024)
  const answer = await openai.audio.transcriptions.create({ model: 'ears', file: await toFile(sound, 'a.wav') })
  expect(answer.text).toBe('')
  expect(Bun.hash((await formOf(upstream.requests[0]!))['file'] as Buffer)).toBe(Bun.hash(sound))
})

describe('a form is rejected before any upstream request:', () => {
  const JSON_TYPE = { 'content-type': 'application/json' }
  test.each<[string, string, Record<string, string>, number, string]>([
    ['without a boundary', file('a') + END, { 'content-type': 'multipart/form-data' }, 400, 'has no boundary'],
    ['JSON instead of a form', '{"model":"ears"}', JSON_TYPE, 400, 'as multipart/form-data'],
    ['truncated', file('a') + field('model', 'ears'), {}, 400, 'ends in the middle'],
    [
      'with two models',
      field('model', 'ears') + field('model', 'voice') + file('a') + END,
      {},
      400,
      '"model" occurs twice',
    ],
    [
      'with a model field in different case',
      field('Model', 'voice') + field('model', 'ears') + file('a') + END,
      {},
      400,
      'Write "model"',
    ],
    ['with a list of models', field('model[]', 'ears') + file('a') + END, {}, 400, 'Write "model"'],
    ['with a file as model', file('ears', 'model') + file('a') + END, {}, 400, '"model" must be text'],
    [
      'with a model of 2,000 characters',
      field('model', 'x'.repeat(2000)) + file('a') + END,
      {},
      400,
      '"model" must be text',
    ],
    ['without a file', field('model', 'ears') + END, {}, 400, '"file" is missing'],
    ['without a model', file('a') + END, {}, 400, '"model" is missing'],
    ['with an unknown model', field('model', 'eras') + file('a') + END, {}, 404, 'Did you mean "ears"'],
    ['with 10,000 parts', field('x', '1').repeat(10_000) + file('a') + END, {}, 400, 'more than 1000 parts'],
    ['larger than server.maxBody', file('a'.repeat(33 * 1024 * 1024)) + END, {}, 413, 'server.maxBody'],
    ['with a wrong key', file('a') + END, { authorization: 'Bearer wrong' }, 401, 'key'],
  ])('%s', async (_title, body, headers, status, message) => {
    const answer = await post('/v1/audio/transcriptions', body, headers)
    const { error } = (await answer.json()) as { error: { message: string } }
    expect([answer.status, error.message]).toEqual([status, expect.stringContaining(message)])
    expect(upstream.requests).toEqual([])
  })

  test('for an operation that takes JSON', async () => {
    const answer = await post('/v1/images/generations', field('model', 'brush') + field('prompt', 'x') + END)
    expect([answer.status, upstream.requests.length]).toEqual([400, 0])
  })
})

test('an operation that the provider of a model lacks is rejected', async () => {
  const other = await startGateway({
    providers: { p: { type: 'groq', baseUrl: upstream.url, apiKey: 'k' } },
    models: { m: 'p/m' },
  })
  const answer = await other.post('/v1/images/generations', { model: 'm', prompt: 'x' })
  expect([answer.status, await answer.text()]).toEqual([
    400,
    expect.stringContaining('does not offer image-generations'),
  ])
  await other.stop()
})

describe('an upstream response', () => {
  const speech = (headers = {}) =>
    gateway.post('/v1/audio/speech', { model: 'voice', input: 'Hi', voice: 'a' }, headers)
  test.each<[string, () => Response, number, string]>([
    [
      'that is an HTML page',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      502,
      'upstream_malformed',
    ],
    ['with an empty body', () => new Response('', { headers: AUDIO }), 502, 'upstream_malformed'],
    ['with an error and status 200', () => Response.json({ error: { message: 'Oh.' } }), 502, 'Oh.'],
    [
      'with an error as its first event',
      () => events({ type: 'error', error: { message: 'Oh.', code: '429' } }),
      429,
      'Oh.',
    ],
    [
      'with truncated JSON',
      () => new Response('{"a', { headers: { 'content-type': 'application/json' } }),
      502,
      'upstream_malformed',
    ],
  ])('%s causes an HTTP error', async (_title, line, status, message) => {
    upstream.respondWith(line)
    const answer = await speech()
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(message)])
  })

  test('that fails before its first byte is retried', async () => {
    upstream.respondWith(
      () => Response.json({ error: { message: 'Busy.' } }, { status: 503 }),
      () => new Response('sound', { headers: AUDIO }),
    )
    const answer = await speech({ 'x-sluice-retries': '1' })
    expect([answer.status, await answer.text(), answer.headers.get('x-sluice-attempts')]).toEqual([200, 'sound', '2'])
  })

  test('that ends after a partial event causes an error event', async () => {
    upstream.respondWith(() => events({ type: 'speech.audio.delta', audio: 'AAAA' }))
    expect(await (await speech()).text()).toContain('upstream_cut')
  })

  test('of unknown events can end with any event', async () => {
    upstream.respondWith(() => events({ text: 'Hel' }, { text: 'lo' }))
    expect(await (await speech()).text()).not.toContain('upstream_cut')
  })

  test('of a type that browsers execute is sent as application/octet-stream', async () => {
    upstream.respondWith(() => new Response('<svg>', { headers: { 'content-type': 'image/svg+xml' } }))
    expect((await speech()).headers.get('content-type')).toBe('application/octet-stream')
  })
})

describeSlowBody('audio that arrives slowly', {
  config: (url) => ({ providers: { p: { type: 'openai-compatible', baseUrl: url } }, models: { voice: 'p/kokoro' } }),
  path: '/v1/audio/speech',
  body: JSON.stringify({ model: 'voice', input: 'Hi' }),
  begin: (exchange) =>
    exchange.raw('HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n'),
  first: 'first',
})
