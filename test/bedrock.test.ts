// Bedrock through the whole gateway: the upstream implements Converse and checks every signature.
import { createHash, createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awsEventStreamMessage } from '../src/codecs/framing/aws-event-stream.ts'
import { readFrames } from '../src/codecs/framing/sse.ts'
import { expectedText } from '../src/sim/expected.ts'
import { createSimServer, type SimServer } from '../src/sim/server.ts'
import { chat, startGateway, type TestGateway } from './gateway.ts'
import { startTokenServer } from './token-server.ts'

const MODEL = 'us.amazon.nova-lite-v1:0'
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

let model: SimServer
beforeAll(async () => {
  model = await createSimServer({ speed: 0, model: MODEL })
})
afterAll(() => model?.stop())

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Uint8Array, text: string) => createHmac('sha256', key).update(text).digest()

/** What is wrong with the signature of a request, by the specification; undefined if it is correct. */
function signatureProblem(method: string, path: string, headers: Headers, body: Uint8Array, secret: string) {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/bedrock\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w{64})$/
  const [, , date, region, names, signature] = pattern.exec(headers.get('authorization') ?? '') ?? []
  if (!date || !region || !names) return `no signature: ${headers.get('authorization')}`
  const canonical = [
    method,
    path.split('/').map(encodeURIComponent).join('/'),
    '',
    ...names.split(';').map((name) => `${name}:${headers.get(name)}`),
    '',
    names,
    sha256(body),
  ].join('\n')
  const scope = `${date}/${region}/bedrock/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers.get('x-amz-date'), scope, sha256(canonical)].join('\n')
  const key = [date, region, 'bedrock', 'aws4_request'].reduce<Uint8Array | string>(hmac, `AWS4${secret}`)
  return hmac(key, text).toString('hex') === signature ? undefined : `wrong signature for\n${canonical}`
}

/** An upstream that forwards only correctly signed requests to the model. */
function startBedrock(secret: string) {
  const seen: { readonly path: string; readonly token: string | null }[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const body = await request.bytes()
      const path = request.url.slice(new URL(request.url).origin.length)
      const problem = signatureProblem(request.method, path, request.headers, body, secret)
      seen.push({ path, token: request.headers.get('x-amz-security-token') })
      const headers = { 'x-amzn-errortype': 'InvalidSignatureException:http://internal.amazon.com/' }
      if (problem !== undefined) return Response.json({ message: problem }, { status: 403, headers })
      return fetch(model.url + path, { method: 'POST', body })
    },
  })
  stops.push(() => server.stop(true))
  return { url: `http://127.0.0.1:${server.port}`, seen }
}

async function startWith(provider: object, environment: Record<string, string>): Promise<TestGateway> {
  const gateway = await startGateway(
    {
      providers: { bedrock: provider },
      models: { 'sim-1b': { targets: [{ provider: 'bedrock', model: MODEL }], retries: 0 } },
    },
    environment,
  )
  stops.push(gateway.stop)
  return gateway
}

const expectedContent = expectedText({ model: MODEL, messages: [{ role: 'user', content: 'hi' }] })
const textOf = async (answer: Response) =>
  ((await answer.json()) as { choices: { message: { content: string } }[] }).choices?.[0]?.message.content

test('every request is signed, complete or streamed, short or long', async () => {
  const upstream = startBedrock(KEYS.AWS_SECRET_ACCESS_KEY)
  const gateway = await startWith({ baseUrl: upstream.url, region: 'eu-west-1' }, KEYS)
  expect(await textOf(await gateway.post('/v1/chat/completions', chat('hi')))).toBe(expectedContent)

  const stream = await gateway.post('/v1/chat/completions', chat('hi', { stream: true }))
  const chunks = readFrames(await stream.text()).filter(({ data }) => data !== '[DONE]')
  type Chunk = { choices: { delta: { content?: string } }[] }
  const text = chunks.map(({ data }) => (JSON.parse(data) as Chunk).choices[0]?.delta.content ?? '').join('')
  expect(text).toBe(expectedContent)

  const long = 'hi '.repeat(100_000)
  expect((await gateway.post('/v1/chat/completions', chat(long, { max_tokens: 3 }))).status).toBe(200)
  const path = `/model/${encodeURIComponent(MODEL)}`
  expect(upstream.seen.map((call) => call.path)).toEqual([
    `${path}/converse`,
    `${path}/converse-stream`,
    `${path}/converse`,
  ])
})

test('concurrent requests that wait for the first credentials are each signed for their own body', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bedrock-'))
  stops.push(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'token'), 'proof')
  const expires = new Date(Date.now() + 3_600_000).toISOString()
  const sts = startTokenServer(
    () =>
      new Response(
        `<R><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s3cret</SecretAccessKey>` +
          `<SessionToken>session</SessionToken><Expiration>${expires}</Expiration></Credentials></R>`,
      ),
  )
  stops.push(sts.stop)
  const upstream = startBedrock('s3cret')
  const gateway = await startWith(
    { baseUrl: upstream.url },
    {
      AWS_REGION: 'us-east-1',
      AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
      AWS_ROLE_ARN: 'arn:aws:iam::1:role/r',
      AWS_ENDPOINT_URL_STS: sts.url,
    },
  )
  // Long enough for bodies that are written into the one shared buffer.
  const prompts = Array.from({ length: 8 }, (_, index) => String(index).repeat(10_000))
  const answers = await Promise.all(
    prompts.map(async (prompt) => textOf(await gateway.post('/v1/chat/completions', chat(prompt)))),
  )
  expect(answers).toEqual(
    prompts.map((content) => expectedText({ model: MODEL, messages: [{ role: 'user', content }] })),
  )
  expect(sts.calls).toHaveLength(1)
  expect(upstream.seen.map(({ token }) => token)).toEqual(prompts.map(() => 'session'))
})

test('a rejected signature is reported as a problem of the gateway, not of the client', async () => {
  const upstream = startBedrock('another secret')
  const gateway = await startWith({ baseUrl: upstream.url, region: 'eu-west-1' }, KEYS)
  const answer = await gateway.post('/v1/chat/completions', chat('hi'))
  expect(answer.status).toBe(502)
  expect(await answer.text()).toContain('"upstream_auth"')
})

/** An upstream that returns the same response to every request. */
async function respondingWith(answer: () => Response) {
  const upstream = startTokenServer(answer)
  stops.push(upstream.stop)
  return { upstream, gateway: await startWith({ baseUrl: upstream.url, apiKey: 'the-key' }, {}) }
}

const EVENTS = { 'content-type': 'application/vnd.amazon.eventstream' }
const event = (name: string, data: object, isError = false) =>
  awsEventStreamMessage({ name, data: JSON.stringify(data), isError })
const BEGUN = [
  event('messageStart', { role: 'assistant' }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hel' } }),
]

describe('an upstream', () => {
  test.each<[string, number, string, number, string]>([
    ['that throttles requests', 429, 'ThrottlingException', 429, 'upstream_rate_limited'],
    ['whose model is not ready', 429, 'ModelNotReadyException', 429, 'upstream_rate_limited'],
    ['that is overloaded', 503, 'ServiceUnavailableException', 503, 'upstream_overloaded'],
    ['whose model fails', 424, 'ModelErrorException', 502, 'upstream_failed'],
    ['that does not know the model', 404, 'ResourceNotFoundException', 404, 'upstream_not_found'],
    ['that denies access', 403, 'AccessDeniedException', 502, 'upstream_auth'],
  ])('%s: %i %s becomes %i %s', async (_title, status, name, seen, code) => {
    const { gateway, upstream } = await respondingWith(() =>
      Response.json({ message: 'Why.' }, { status, headers: { 'x-amzn-errortype': name } }),
    )
    const answer = await gateway.post('/v1/chat/completions', chat('hi'))
    expect(upstream.calls[0]!.headers['authorization']).toBe('Bearer the-key')
    expect([answer.status, ((await answer.json()) as { error: { code: string; type: string } }).error]).toMatchObject([
      seen,
      code === 'upstream_auth' ? { code } : { message: 'Why.' },
    ])
  })

  test('that begins a stream with an exception causes an HTTP error', async () => {
    const { gateway } = await respondingWith(
      () => new Response(event('throttlingException', { message: 'Slow.' }, true), { headers: EVENTS }),
    )
    const answer = await gateway.post('/v1/chat/completions', chat('hi', { stream: true }))
    expect([answer.status, await answer.text()]).toEqual([429, expect.stringContaining('Slow.')])
  })

  test.each<[string, Uint8Array[], string]>([
    ['with an exception', [event('modelStreamErrorException', { message: 'Broke.' }, true)], 'Broke.'],
    ['before its last event', [], 'upstream_cut'],
    ['in the middle of an event', [event('messageStop', { stopReason: 'end_turn' }).subarray(0, 20)], 'upstream_cut'],
  ])('that ends a stream %s: the client gets an error event', async (_title, last, expected) => {
    const body = Buffer.concat([...BEGUN, ...last])
    const { gateway } = await respondingWith(() => new Response(body, { headers: EVENTS }))
    const answer = await gateway.post('/v1/chat/completions', chat('hi', { stream: true }))
    const text = await answer.text()
    expect([answer.status, text]).toEqual([200, expect.stringContaining('Hel')])
    expect(text).toContain('"error"')
    expect(text).toContain(expected)
  })

  test.each<[string, () => Response]>([
    ['an HTML page', () => new Response('<html></html>', { headers: { 'content-type': 'text/html' } })],
    ['server-sent events', () => new Response('data: {}\n\n', { headers: { 'content-type': 'text/event-stream' } })],
    ['bytes that are not an event', () => new Response('hello, hello, hello', { headers: EVENTS })],
    ['an empty body', () => new Response('', { headers: EVENTS })],
    ['an event with a changed byte', () => new Response(Buffer.concat(BEGUN).fill(0, 30, 31), { headers: EVENTS })],
  ])('that sends %s instead of a stream causes a 502', async (_title, answer) => {
    const { gateway } = await respondingWith(answer)
    const response = await gateway.post('/v1/chat/completions', chat('hi', { stream: true }))
    expect([response.status, await response.text()]).toEqual([502, expect.stringMatching(/upstream_(malformed|cut)/)])
  })
})
