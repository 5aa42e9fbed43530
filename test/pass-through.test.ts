// Pass-through: a provider's own paths, below the provider's name.
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { OpenAI, toFile } from 'openai'
import { eventually, KEY, series, startGateway, type TestGateway } from './gateway.ts'
import { startMediaUpstream } from './media-upstream.ts'
import { providerType, providerTypes } from '../src/providers/index.ts'
import { describeSlowBody } from './slow-body.ts'

/** Those whose API has a path of its own below the root of their server. */
const SELF_HOSTED = providerTypes.filter((type) => {
  const { isSelfHosted, basePath } = providerType(type)!
  return isSelfHosted && basePath !== ''
})

const upstream = startMediaUpstream()
const host = upstream.url.replace('/v1', '')
let gateway: TestGateway
beforeAll(async () => {
  const provider = (type: string, baseUrl: string, more: object = {}) => ({
    type,
    baseUrl,
    apiKey: 'sk-theirs',
    passthrough: true,
    ...more,
  })
  gateway = await startGateway({
    providers: {
      openai: provider('openai', upstream.url),
      anthropic: provider('anthropic', upstream.url),
      gemini: provider('gemini', `${host}/v1beta`),
      azure: provider('azure', host),
      ...Object.fromEntries(SELF_HOSTED.map((type) => [type, provider(type, host, { health: { enabled: false } })])),
      bare: provider('openai-compatible', host),
      closed: provider('openai', upstream.url, { passthrough: false }),
    },
    models: { m: 'openai/gpt' },
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream.stop()
})
beforeEach(() => {
  upstream.clear()
  upstream.respondWith(() => Response.json({ ok: true }))
})

const call = (method: string, path: string, more: RequestInit & { headers?: Record<string, string> } = {}) =>
  fetch(gateway.url + path, {
    ...more,
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${KEY}`, ...more.headers },
  })

describe('a request', () => {
  test.each<[string, string, string]>([
    ['GET', '/openai/files?limit=2', '/v1/files?limit=2'],
    ['GET', '/openai/v1/files', '/v1/files'],
    ['DELETE', '/openai/files/file-1', '/v1/files/file-1'],
    ['POST', '/anthropic/v1/messages/batches', '/v1/messages/batches'],
    ['PUT', '/gemini/v1beta/cachedContents/a?key=sk-mine&alt=json', '/v1beta/cachedContents/a?alt=json'],
    ['PATCH', '/azure/openai/assistants/a?api-version=1', '/openai/assistants/a?api-version=1'],
    ['GET', '/bare/v1/models/', '/v1/models/'],
    ['GET', '/bare/tokenize', '/v1/tokenize'],
    ['POST', '/vllm/v1/score', '/v1/score'],
    ...SELF_HOSTED.flatMap((type): [string, string, string][] => [
      ['GET', `/${type}/models`, '/v1/models'],
      ['GET', `/${type}/v1/models`, '/v1/models'],
      ['GET', `/${type}/health`, '/health'],
      ['POST', `/${type}/tokenize`, '/tokenize'],
    ]),
  ])('%s %s becomes %s', async (method, path, upstreamPath) => {
    const answer = await call(method, path)
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }])
    expect(upstream.requests.map((asked) => [asked.method, asked.path])).toEqual([[method, upstreamPath]])
  })

  test.each<[string, string, string, number]>([
    ['to a provider without pass-through', 'GET', '/closed/files', 404],
    ['to an unknown provider', 'GET', '/unknown/files', 404],
    ['to a provider without a path', 'GET', '/openai', 404],
    ['with double-encoded dots', 'GET', '/openai/%252e%252e/admin', 400],
    ['with an encoded slash and dots', 'GET', '/openai/a%2f..%2f..%2fadmin', 400],
    ['with an unsupported method', 'OPTIONS', '/openai/files', 405],
    ['without a key', 'GET', '/openai/files', 401],
  ])('%s is rejected', async (title, method, path, status) => {
    const answer = await call(method, path, title === 'without a key' ? { headers: { authorization: '' } } : {})
    expect([answer.status, upstream.requests]).toEqual([status, []])
  })

  test.each([
    ['for an Azure deployment', '/openai/deployments/m/chat/completions?api-version=1'],
    ['for the v1 API', '/openai/v1/chat/completions'],
  ])('%s takes precedence over pass-through', async (_title, path) => {
    const answer = await gateway.post(path, { model: 'm', messages: [{ role: 'user', content: 'x' }] })
    await answer.text()
    expect(answer.headers.get('x-sluice-model')).toBe('m')
    expect(JSON.parse(Buffer.from(upstream.requests[0]!.body).toString()).model).toBe('gpt')
  })

  test('does not follow redirects', async () => {
    upstream.respondWith(() => Response.redirect('http://127.0.0.1:1/steal', 307))
    const answer = await call('GET', '/openai/files/f/content')
    expect([answer.status, answer.headers.get('location')]).toEqual([502, null])
    expect(await answer.text()).toContain('redirect')
  })
})

describe('the upstream request', () => {
  test("has the provider's key and only known headers", async () => {
    await call('POST', '/anthropic/v1/files', {
      body: 'a=b',
      headers: {
        authorization: '',
        'x-api-key': KEY,
        'content-type': 'text/plain;x=1',
        'anthropic-beta': 'files',
        'openai-organization': 'org',
        cookie: 'a=b',
        'x-forwarded-for': '1.2.3.4',
      },
    })
    const { headers, body } = upstream.requests[0]!
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-api-key': 'sk-theirs',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'files',
      'content-type': 'text/plain;x=1',
      'content-length': '3',
    })
    for (const name of ['authorization', 'openai-organization', 'cookie', 'x-forwarded-for'])
      expect(headers.get(name)).toBe(null)
    expect(Buffer.from(body).toString()).toBe('a=b')
  })

  test('keeps the body of a DELETE', async () => {
    const answer = await fetch(`${gateway.url}/openai/files`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${KEY}` },
      body: 'x',
    })
    expect([answer.status, Buffer.from(upstream.requests[0]!.body).toString()]).toEqual([200, 'x'])
  })

  test('is not sent if the body exceeds server.maxBody', async () => {
    const answer = await call('POST', '/openai/files', { body: new Uint8Array(33 * 1024 * 1024) })
    expect([answer.status, upstream.requests]).toEqual([413, []])
  })
})

describe('the response', () => {
  test('has the status, the body and known headers of the upstream', async () => {
    upstream.respondWith(
      () =>
        new Response('a,b', {
          status: 201,
          headers: {
            'content-type': 'text/csv',
            'content-disposition': 'attachment; filename=a.csv',
            'set-cookie': 'a=b',
            'openai-organization': 'org',
            'x-request-id': 'theirs',
            'x-ratelimit-remaining-requests': '9',
          },
        }),
    )
    const answer = await call('GET', '/openai/files/f/content')
    expect([answer.status, await answer.text()]).toEqual([201, 'a,b'])
    const name = 'http_requests_total{method="GET",route="/openai",operation="passthrough",status="201"}'
    await eventually(async () => series(await gateway.metrics(), name) === 1)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/csv',
      'content-disposition': 'attachment; filename=a.csv',
      'content-security-policy': 'sandbox',
      'x-sluice-upstream-request-id': 'theirs',
      'x-ratelimit-remaining-requests': '9',
    })
    expect([answer.headers.get('set-cookie'), answer.headers.get('openai-organization')]).toEqual([null, null])
  })

  test.each<[string, number, string, Record<string, string>]>([
    [
      'with an error of the provider',
      404,
      '{"type":"error","error":{"type":"not_found_error","message":"No."}}',
      { 'content-type': 'application/json' },
    ],
    ['with a plain-text error', 422, 'no such thing', { 'content-type': 'text/plain' }],
    ['with a rate limit', 429, '{"detail":"slow"}', { 'content-type': 'application/json', 'retry-after': '7' }],
    ['with a server error', 500, '<html>', { 'content-type': 'text/html' }],
  ])('%s is forwarded unchanged', async (_title, status, body, headers) => {
    upstream.respondWith(() => new Response(body, { status, headers }))
    const answer = await call('GET', '/anthropic/v1/files/f')
    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([
      status,
      body,
      headers['content-type']!,
    ])
    expect(upstream.requests).toHaveLength(1) // no retry, because a second attempt could repeat a side effect
    upstream.respondWith(() => Response.json({ ok: true }))
    expect((await call('GET', '/anthropic/v1/files/f')).status).toBe(200)
  })

  test("with the provider's error about its key is not forwarded", async () => {
    upstream.respondWith(() => Response.json({ error: { message: 'Incorrect API key: sk-th***rs' } }, { status: 401 }))
    const answer = await call('GET', '/openai/files')
    expect([answer.status, (await answer.text()).includes('sk-th')]).toEqual([502, false])
  })

  test.each(['HEAD', 'DELETE'])('to %s can be empty', async (method) => {
    upstream.respondWith(() => new Response(null, { status: 204 }))
    const answer = await call(method, '/openai/files/f')
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    await eventually(async () => series(await gateway.metrics(), 'http_requests_in_flight') === 0)
  })

  test('with status 200 can be empty', async () => {
    upstream.respondWith(() => new Response('', { headers: { 'content-type': 'application/json' } }))
    const answer = await call('GET', '/openai/files/f')
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })
})

const sse = (...data: object[]) =>
  new Response(
    data.map((each) => `event: ${(each as { type?: string }).type}\ndata: ${JSON.stringify(each)}\n\n`).join(''),
    {
      headers: { 'content-type': 'text/event-stream' },
    },
  )
const CHAT = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'gpt',
  choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
}
const MESSAGE = {
  id: 'm',
  type: 'message',
  role: 'assistant',
  model: 'c',
  content: [{ type: 'text', text: 'x' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
}
const CANDIDATE = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'x' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 1, totalTokenCount: 12 },
}

describe('tokens are counted', () => {
  test.each<[string, string, string, () => Response]>([
    [
      'of chat',
      'bare',
      '/bare/v1/chat/completions',
      () => Response.json({ ...CHAT, usage: { prompt_tokens: 11, completion_tokens: 1, total_tokens: 12 } }),
    ],
    [
      'of embeddings',
      'bare',
      '/bare/v1/embeddings',
      () => Response.json({ object: 'list', data: [], usage: { prompt_tokens: 11, total_tokens: 11 } }),
    ],
    [
      'of messages',
      'anthropic',
      '/anthropic/v1/messages',
      () => Response.json({ ...MESSAGE, usage: { input_tokens: 11, output_tokens: 1 } }),
    ],
    [
      'of streamed messages',
      'anthropic',
      '/anthropic/v1/messages',
      () =>
        sse(
          {
            type: 'message_start',
            message: { ...MESSAGE, content: [], stop_reason: null, usage: { input_tokens: 11, output_tokens: 0 } },
          },
          { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
          { type: 'message_stop' },
        ),
    ],
    ['of contents', 'gemini', '/gemini/v1beta/models/g:generateContent', () => Response.json(CANDIDATE)],
    ['of streamed contents', 'gemini', '/gemini/v1beta/models/g:streamGenerateContent?alt=sse', () => sse(CANDIDATE)],
    [
      'of a list of contents',
      'gemini',
      '/gemini/v1beta/models/g:streamGenerateContent',
      () => Response.json([CANDIDATE]),
    ],
  ])('%s', async (_title, provider, path, line) => {
    upstream.respondWith(line)
    const name = `sluice_tokens_total{provider="${provider}",model="${provider}",kind="input"}`
    const before = series(await gateway.metrics(), name)
    const expected = await line().text()
    expect(await (await call('POST', path, { body: '{}' })).text()).toBe(expected)
    await eventually(async () => series(await gateway.metrics(), name) === before + 11)
  })

  test('except in a response that cannot be parsed, which is forwarded', async () => {
    upstream.respondWith(() => new Response('{"half', { headers: { 'content-type': 'application/json' } }))
    expect(await (await call('POST', '/anthropic/v1/messages', { body: '{}' })).text()).toBe('{"half')
  })
})

describe('official clients', () => {
  test("OpenAI's client uploads a file", async () => {
    upstream.respondWith(() => Response.json({ id: 'file-1', object: 'file' }))
    const client = new OpenAI({ baseURL: `${gateway.url}/openai`, apiKey: KEY, maxRetries: 0 })
    const file = await client.files.create({ purpose: 'batch', file: await toFile(Buffer.from('{"a":1}'), 'a.jsonl') })
    expect(file.id).toBe('file-1')
    const { headers, body } = upstream.requests[0]!
    const form = await new Response(body, { headers: { 'content-type': headers.get('content-type')! } }).formData()
    expect(form.get('purpose')).toBe('batch')
  })

  test("Anthropic's client creates a batch", async () => {
    upstream.respondWith(() => Response.json({ id: 'msgbatch_1', type: 'message_batch' }))
    const client = new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: KEY, maxRetries: 0 })
    expect((await client.messages.batches.create({ requests: [] })).id).toBe('msgbatch_1')
    expect(upstream.requests[0]!.path).toBe('/v1/messages/batches')
  })
})

describeSlowBody('a response that arrives slowly', {
  config: (url) => ({ providers: { p: { type: 'openai-compatible', baseUrl: url, passthrough: true } }, models: {} }),
  path: '/p/anything',
  body: '{}',
  begin: (exchange) => exchange.beginStream(),
  first: 'data: 1\n\n',
})
