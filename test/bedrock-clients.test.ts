// Clients of Amazon Bedrock: Converse, Claude's own bodies, token counts, and requests signed with the gateway's key.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awsEventStreamFrames } from '../src/codecs/framing/aws-event-stream.ts'
import { checkStream as checkClaude } from '../src/formats/anthropic/grammar.ts'
import { bedrockInvoke } from '../src/formats/bedrock-invoke/index.ts'
import { checkStream as checkConverse } from '../src/formats/bedrock-converse/grammar.ts'
import { expectedText } from '../src/sim/expected.ts'
import { parseFault } from '../src/sim/faults/fault.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { KEY, startGateway, type TestGateway } from './gateway.ts'
import { type HowSigned, signedHeaders } from './signed.ts'

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-v1:0'

let fleet: Fleet
let gateway: TestGateway
let seen: { path: string; headers: Headers; body: Record<string, unknown> }[]
let upstream: Bun.Server<undefined>
beforeAll(async () => {
  fleet = await startFleet({ servers: 1, speed: 0 })
  const [url] = fleet.urls
  upstream = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const body = (await request.clone().json()) as Record<string, unknown>
      const path = request.url.slice(new URL(request.url).origin.length)
      seen.push({ path, headers: request.headers, body })
      return fetch(url + path, { method: 'POST', body: await request.text() })
    },
  })
  const health = { enabled: false }
  gateway = await startGateway({
    server: { maxBody: '1mb' },
    providers: {
      gpu: { type: 'vllm', baseUrl: url },
      claude: { type: 'anthropic', baseUrl: `http://127.0.0.1:${upstream.port}/v1`, apiKey: 'k', health },
      bedrock: { baseUrl: `http://127.0.0.1:${upstream.port}`, apiKey: 'k', health },
    },
    models: {
      'sim-1b': { targets: ['gpu/sim-1b'], retries: 0, continueStreams: false },
      [CLAUDE]: { targets: ['claude/sim-1b'], retries: 0 },
      nova: { targets: ['bedrock/sim-1b'], retries: 0 },
    },
    routes: { '/v1/1b': 'sim-1b' },
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream?.stop(true)
  fleet?.stop()
})
beforeEach(() => {
  seen = []
  fleet.servers[0]!.faults.clear()
})

const pathOf = (model: string, method: string) => `/model/${encodeURIComponent(model)}/${method}`
const converse = { messages: [{ role: 'user', content: [{ text: 'Hello.' }] }] }
const invoke = {
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 500,
  messages: [{ role: 'user', content: 'Hello.' }],
}
const text = expectedText({ model: 'sim-1b', messages: [{ role: 'user', content: 'Hello.' }] })

const framesIn = async (response: Response) => awsEventStreamFrames().push(await response.bytes())
const json = async (response: Response) => (await response.json()) as Record<string, unknown>

describe('Converse', () => {
  test('is translated for a model of any provider', async () => {
    const response = await gateway.post(pathOf('sim-1b', 'converse'), converse)
    expect(response.headers.get('x-amzn-requestid')).not.toBeNull()
    expect(await json(response)).toMatchObject({
      output: { message: { role: 'assistant', content: [{ text }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number), totalTokens: expect.any(Number) },
      metrics: { latencyMs: expect.any(Number) },
    })
  })

  test('is streamed in frames with valid checksums', async () => {
    const response = await gateway.post(pathOf('sim-1b', 'converse-stream'), converse)
    expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream')
    const frames = await framesIn(response)
    expect(checkConverse(frames)).toEqual([])
    const pieces = frames
      .filter(({ name }) => name === 'contentBlockDelta')
      .map(({ data }) => JSON.parse(data) as object)
    expect(pieces.map((piece) => (piece as { delta: { text: string } }).delta.text).join('')).toBe(text)
    expect(JSON.parse(frames.at(-1)!.data)).toMatchObject({ usage: { outputTokens: expect.any(Number) } })
  })

  test.each(['converse', 'converse-stream'])('%s is forwarded to Bedrock as it is', async (method) => {
    const body = { ...converse, requestMetadata: { a: 'b' }, newField: 1 }
    const response = await gateway.post(pathOf('nova', method), body)
    expect([response.status, seen.map(({ path, body: sent }) => [path, sent])]).toEqual([
      200,
      [[pathOf('sim-1b', method), body]],
    ])
    if (method === 'converse') expect(await json(response)).toMatchObject({ stopReason: 'end_turn' })
    else expect(checkConverse(await framesIn(response))).toEqual([])
  })

  test('works below a route', async () => {
    expect((await gateway.post(`/v1/1b${pathOf('sim-1b', 'converse')}`, converse)).status).toBe(200)
  })

  test('a stream that breaks ends with an exception', async () => {
    await fleet.servers[0]!.faults.arm(parseFault('cut:1:100:after=4'))
    const frames = await framesIn(await gateway.post(pathOf('sim-1b', 'converse-stream'), converse))
    expect(frames.at(-1)).toMatchObject({ isError: true, name: 'modelStreamErrorException' })
  })
})

describe("Claude's own bodies", () => {
  test('are forwarded to Anthropic as they are; what Bedrock has in the body moves', async () => {
    const body = { ...invoke, anthropic_beta: ['one-2025-01-01', 'two'], new_field: 1 }
    const response = await gateway.post(pathOf(CLAUDE, 'invoke'), body)
    expect(await json(response)).toMatchObject({ type: 'message', content: [{ type: 'text', text }] })
    const { path, headers, body: sent } = seen[0]!
    expect([path, headers.get('anthropic-beta')]).toEqual(['/v1/messages', 'one-2025-01-01,two'])
    expect(sent).toEqual({ max_tokens: 500, messages: invoke.messages, new_field: 1, model: 'sim-1b' })
  })

  test.each([CLAUDE, 'sim-1b'])("of a stream of %s come back as Anthropic's events in frames", async (model) => {
    const response = await gateway.post(pathOf(model, 'invoke-with-response-stream'), invoke)
    expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream')
    const bytes = await response.bytes()
    expect(
      new Set(
        awsEventStreamFrames()
          .push(bytes)
          .map(({ name }) => name),
      ),
    ).toEqual(new Set(['chunk']))
    const events = bedrockInvoke.createFrames().push(bytes)
    expect(checkClaude(events, false)).toEqual([])
    const pieces = events.map(({ data }) => (JSON.parse(data) as { delta?: { text?: string } }).delta?.text ?? '')
    expect(pieces.join('')).toBe(text)
    if (model === CLAUDE) expect(seen[0]!.body).toMatchObject({ stream: true })
  })

  test('are translated for other models, without a warning for the version', async () => {
    const response = await gateway.post(pathOf('sim-1b', 'invoke'), { ...invoke, anthropic_beta: ['x'] })
    expect([response.headers.get('x-sluice-warnings'), await json(response)]).toEqual([
      null,
      expect.objectContaining({ type: 'message', role: 'assistant' }),
    ])
  })

  test('whose stream breaks end with an exception', async () => {
    await fleet.servers[0]!.faults.arm(parseFault('cut:1:100:after=4'))
    const frames = await framesIn(await gateway.post(pathOf('sim-1b', 'invoke-with-response-stream'), invoke))
    expect(frames.at(-1)).toMatchObject({ isError: true })
  })
})

describe('token counts', () => {
  test.each<[string, object]>([
    ['a Converse request', { converse }],
    ["Claude's own body", { invokeModel: { body: Buffer.from(JSON.stringify(invoke)).toString('base64') } }],
  ])('of %s', async (_title, input) => {
    const response = await gateway.post(pathOf('sim-1b', 'count-tokens'), { input })
    expect([response.status, await json(response)]).toEqual([200, { inputTokens: expect.any(Number) }])
  })
})

describe('a signed request', () => {
  const send = async (how: Partial<HowSigned>, sent: { path?: string; body?: string; headers?: object } = {}) => {
    const path = pathOf(CLAUDE, 'converse')
    const body = JSON.stringify(converse)
    const headers = await signedHeaders(gateway.url + path, body, { secretAccessKey: KEY, ...how })
    return fetch(gateway.url + (sent.path ?? path), {
      method: 'POST',
      headers: { ...headers, ...sent.headers },
      body: sent.body ?? body,
    })
  }
  const MINUTE = 60_000
  const ago = (ms: number) => new Date(Date.now() - ms)

  test.each<[string, Partial<HowSigned>]>([
    ['that states the hash of its body', {}],
    ['that does not', { statesHash: false }],
    ['of another region', { region: 'eu-west-1' }],
    ['of four minutes ago', { at: ago(4 * MINUTE) }],
    ['of a clock that is four minutes ahead', { at: ago(-4 * MINUTE) }],
    ['with more headers', { headers: { 'amz-sdk-invocation-id': '1', 'x-amz-user-agent': 'aws  sdk' } }],
    ['with a session token', { headers: { 'x-amz-security-token': 'any' } }],
  ])('%s is accepted', async (_title, how) => {
    expect((await send(how)).status).toBe(200)
  })

  test.each<[string, Partial<HowSigned>, { path?: string; body?: string; headers?: object }, RegExp]>([
    ['with another key', { secretAccessKey: 'sk-wrong' }, {}, /does not match/],
    ['with another key and no hash', { secretAccessKey: 'sk-wrong', statesHash: false }, {}, /does not match/],
    ['whose body was changed', {}, { body: '{"messages":[]}' }, /hash/],
    ['whose body was changed, without a hash', { statesHash: false }, { body: '{"messages":[]}' }, /does not match/],
    ['whose path was changed', {}, { path: pathOf('sim-1b', 'converse') }, /does not match/],
    ['whose query was changed', {}, { path: `${pathOf(CLAUDE, 'converse')}?a=b` }, /does not match/],
    ['whose signed header was changed', { headers: { 'x-a': '1' } }, { headers: { 'x-a': '2' } }, /does not match/],
    ['whose hash was changed', {}, { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, /does not match/],
    ['of six minutes ago', { at: ago(6 * MINUTE) }, {}, /clock/],
    ['of a clock that is six minutes ahead', { at: ago(-6 * MINUTE) }, {}, /clock/],
    ['for another service', { service: 's3' }, {}, /service bedrock/],
    ['without a date', {}, { headers: { 'x-amz-date': '' } }, /cannot be read/],
    ['with an invalid date', {}, { headers: { 'x-amz-date': '20269999T999999Z' } }, /cannot be read|clock/],
    ['with the date of another day', {}, { headers: { 'x-amz-date': '20200101T000000Z' } }, /cannot be read/],
    ['that is cut', {}, { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a' } }, /cannot be read/],
    ['of another algorithm', {}, { headers: { authorization: 'AWS4-ECDSA-P256-SHA256 Credential=a' } }, /no API key/],
  ])('%s is rejected', async (_title, how, sent, message) => {
    const response = await send(how, sent)
    const name = `${String(message).includes('no API key') ? 'UnrecognizedClient' : 'InvalidSignature'}Exception`
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([403, name])
    expect(await json(response)).toMatchObject({ message: expect.stringMatching(message) })
    expect(seen).toEqual([])
  })

  test('is accepted at the paths of Bedrock only', async () => {
    const body = JSON.stringify({ model: 'sim-1b', messages: [{ role: 'user', content: 'x' }] })
    const url = `${gateway.url}/v1/chat/completions`
    const headers = await signedHeaders(url, body, { secretAccessKey: KEY })
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(401)
  })

  test('is verified before its body is decompressed', async () => {
    const path = gateway.url + pathOf('sim-1b', 'converse')
    const zipped = Bun.gzipSync(Buffer.from(JSON.stringify(converse)))
    const headers = await signedHeaders(path, zipped as unknown as string, { secretAccessKey: KEY, statesHash: false })
    const response = await fetch(path, {
      method: 'POST',
      headers: { ...headers, 'content-encoding': 'gzip' },
      body: zipped,
    })
    expect(response.status).toBe(200)
  })

  test('with a body that is too large is rejected while it arrives', async () => {
    const body = JSON.stringify({ ...converse, x: 'x'.repeat(1_100_000) })
    const response = await send({ statesHash: false }, { body })
    expect([response.status, await json(response)]).toMatchObject([
      400,
      { message: expect.stringContaining('server.maxBody') },
    ])
  })
})

test('a signature covers the base path of the gateway too', async () => {
  const below = await startGateway({
    server: { basePath: '/llm' },
    providers: { gpu: { type: 'vllm', baseUrl: fleet.urls[0] } },
    models: { m: 'gpu/sim-1b' },
  })
  const url = `${below.url}/llm${pathOf('m', 'converse')}`
  const body = JSON.stringify(converse)
  const headers = await signedHeaders(url, body, { secretAccessKey: KEY })
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200)
  await below.stop()
})

describe('over HTTP/2, as the library for JavaScript sends it, a signature covers the host and', () => {
  let own: TestGateway
  beforeAll(async () => {
    own = await startGateway({
      server: { http2: true },
      providers: { gpu: { type: 'vllm', baseUrl: fleet.urls[0] } },
      models: { m: 'gpu/sim-1b' },
    })
  })
  afterAll(() => own?.stop())

  const statusOf = async (method: string, changed: Record<string, string> = {}) => {
    const path = pathOf('m', method)
    const body = JSON.stringify(converse)
    const signed = await signedHeaders(own.url + path, body, { secretAccessKey: KEY, hostHeader: ':authority' })
    const session = connect(own.url)
    const stream = session.request({ ':method': 'POST', ':path': path, ...signed, ...changed })
    stream.end(body)
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
    session.destroy()
    return headers[':status']
  }

  test.each(['converse', 'converse-stream'])('%s succeeds', async (method) => {
    expect(await statusOf(method)).toBe(200)
  })
  test('another host is rejected', async () => {
    expect(await statusOf('converse', { ':authority': 'other:1' })).toBe(403)
  })
})

test('a gateway that has only the hash of its key says why it cannot verify a signature', async () => {
  const own = await startGateway(
    {},
    { SLUICE_MASTER_KEY: '', SLUICE_DATA: mkdtempSync(join(tmpdir(), 'sluice-signed-')) },
  )
  const path = `${own.url}${pathOf('x', 'converse')}`
  const headers = await signedHeaders(path, '{}', { secretAccessKey: 'x' })
  const response = await fetch(path, { method: 'POST', headers, body: '{}' })
  expect([response.status, await json(response)]).toEqual([
    403,
    expect.objectContaining({ message: expect.stringContaining('SLUICE_MASTER_KEY') }),
  ])
  await own.stop()
})

describe('a bad request', () => {
  test.each<[string, string, unknown, number, string, RegExp]>([
    ['is not JSON', 'converse', '{', 400, 'Validation', /JSON/],
    ['is empty', 'converse-stream', '', 400, 'Validation', /no body/],
    ['has no messages', 'converse', {}, 400, 'Validation', /"messages" is missing/],
    ['has an empty list of messages', 'converse', { messages: [] }, 400, 'Validation', /must not be empty/],
    ['has messages that are text', 'converse', { messages: 'x' }, 400, 'Validation', /"messages"/],
    ['has a message that is text', 'converse', { messages: ['x'] }, 400, 'Validation', /messages\[0\]/],
    [
      'has content that is text',
      'converse',
      { messages: [{ role: 'user', content: 'x' }] },
      400,
      'Validation',
      /content/,
    ],
    ['has an unknown role', 'converse', { messages: [{ role: 'x', content: [] }] }, 400, 'Validation', /role/],
    [
      'has a cap that is text',
      'converse',
      { ...converse, inferenceConfig: { maxTokens: 'x' } },
      400,
      'Validation',
      /maxTokens/,
    ],
    [
      'has 300 levels of nesting',
      'converse',
      `{"messages":${'['.repeat(300)}${']'.repeat(300)}}`,
      400,
      'Validation',
      /deep/,
    ],
    ["is no body of Claude's", 'invoke', { inputText: 'x' }, 400, 'Validation', /"messages" is missing/],
    ['has a cap below zero', 'invoke', { ...invoke, max_tokens: -1 }, 400, 'Validation', /max_tokens/],
    ['has tools that are text', 'invoke', { ...invoke, tools: 'x' }, 400, 'Validation', /"tools"/],
    ['has no input', 'count-tokens', {}, 400, 'Validation', /"input" is missing/],
    ['has an empty input', 'count-tokens', { input: {} }, 400, 'Validation', /input.converse/],
    ['has an input that is text', 'count-tokens', { input: 'x' }, 400, 'Validation', /"input"/],
    [
      'has a body that is not base64',
      'count-tokens',
      { input: { invokeModel: { body: '!' } } },
      400,
      'Validation',
      /base64/,
    ],
  ])('%s: %s', async (_title, method, body, status, name, message) => {
    const response = await gateway.post(pathOf('sim-1b', method), body)
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([status, `${name}Exception`])
    expect(await json(response)).toEqual({ __type: `${name}Exception`, message: expect.stringMatching(message) })
  })

  test.each([
    ['a model that does not exist', pathOf('none', 'converse'), 404],
    ['a method that does not exist', '/model/sim-1b/apply-guardrail', 404],
    ['no model', '/model//converse', 404],
  ])('%s', async (_title, path, status) => {
    expect((await gateway.post(path, converse)).status).toBe(status)
  })

  test('without a key', async () => {
    const response = await fetch(gateway.url + pathOf('sim-1b', 'converse'), { method: 'POST', body: '{}' })
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([403, 'UnrecognizedClientException'])
  })
})

test.each<[string, number, string]>([
  ['status-429', 429, 'ThrottlingException'],
  ['status-503', 503, 'ServiceUnavailableException'],
  ['status-500', 500, 'InternalServerException'],
])('%s of an upstream is %i %s', async (fault, status, name) => {
  await fleet.servers[0]!.faults.arm(parseFault(`${fault}:1:100:retryAfter=0`))
  const response = await gateway.post(pathOf('sim-1b', 'converse'), converse)
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([status, name])
})

describe('an error of Bedrock itself', () => {
  test.each<[string, Record<string, string>, string]>([
    ['its name', { 'x-amzn-errortype': 'ConflictException:http://internal.amazon.com/' }, 'Conflict'],
    ['no name', {}, 'Validation'],
  ])('with %s in the header is forwarded to its clients', async (_title, headers, name) => {
    const body = '{"message":"Why.","new":1}'
    const bedrock = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response(body, { status: 400, headers }),
    })
    const own = await startGateway({
      providers: { bedrock: { baseUrl: `http://127.0.0.1:${bedrock.port}`, apiKey: 'k', health: { enabled: false } } },
      models: { m: { targets: ['bedrock/amazon.nova'], retries: 0 } },
    })
    const response = await own.post(pathOf('m', 'converse'), converse)
    expect([response.status, await response.text()]).toEqual([400, body])
    expect(response.headers.get('x-amzn-errortype')).toStartWith(name)
    await own.stop()
    void bedrock.stop(true)
  })
})
