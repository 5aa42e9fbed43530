// Invalid requests: the client gets a helpful error in OpenAI's envelope, and no upstream gets a request.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { brotliCompressSync, zstdCompressSync } from 'node:zlib'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { chat, KEY, oneModel, series, startGateway, type TestGateway } from './gateway.ts'

let fleet: Fleet
let gateway: TestGateway
beforeAll(async () => {
  fleet = await startFleet({ servers: 1, speed: 0 })
  gateway = await startGateway({
    ...oneModel(fleet.urls),
    server: { maxBody: '1mb' },
    routes: { '/v1/1b': 'sim-1b' },
  })
})
afterAll(async () => {
  await gateway?.stop()
  fleet?.stop()
})
afterEach(async () => {
  expect(series(await gateway.metrics(), 'llm_provider_requests_total{provider="gpu",model="sim-1b"}')).toBe(0)
})

interface ErrorBody {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly code: string
    readonly param: string | null
  }
}

async function expectError(
  response: Response,
  status: number,
  code: string,
  message: RegExp,
  param: string | null = null,
) {
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(response.headers.get('x-request-id')).not.toBeNull()
  const { error } = (await response.json()) as ErrorBody
  expect({ status: response.status, code: error.code, param: error.param }).toEqual({ status, code, param })
  expect(error.message).toMatch(message)
}

const MESSAGES = '"messages":[1]'
const manyFields = Array.from({ length: 60_000 }, (_, at) => `"field-${at}":1`).join()
const nested = (depth: number) => `{"model":"sim-1b","messages":${'['.repeat(depth)}${']'.repeat(depth)}}`

describe('a request body', () => {
  test.each([
    ['that is empty', '', 'invalid_json', /no body/, null],
    ['with malformed JSON', '{"model": "sim-1b", ', 'invalid_json', /JSON/, null],
    [
      'with malformed JSON in a nested object',
      '{"model":"sim-1b","messages":[{"role" "user"}]}',
      'invalid_json',
      /JSON/,
      null,
    ],
    ['that is an array', '[]', 'invalid_json', /object/, null],
    ['that is a string', '"hello"', 'invalid_json', /object/, null],
    ['with two objects', '{} {}', 'invalid_json', /nothing after/, null],
    ['with a duplicate key', '{"model":"sim-1b","model":"x","messages":[1]}', 'invalid_json', /Duplicate member/, null],
    [
      'with a duplicate key that is written with an escape',
      '{"model":"sim-1b","mod\\u0065l":"x","messages":[1]}',
      'invalid_json',
      /Duplicate member name/,
      null,
    ],
    ['with a byte order mark', `\ufeff{${MESSAGES}}`, 'invalid_json', /byte order mark/, null],
    [
      'with a second model field in different case',
      `{"model":"sim-1b","Model":"x",${MESSAGES}}`,
      'invalid_request',
      /Write "model"/,
      'Model',
    ],
    ['with a raw NUL in the model', `{"model":"sim\0-1b",${MESSAGES}}`, 'invalid_json', /0x00/, null],
    [
      'with 60,000 fields',
      `{"model":"sim-1b",${manyFields},${MESSAGES}}`,
      'invalid_json',
      /More than 1000 members/,
      null,
    ],
    [
      'with a number too large for a double',
      `{"model":"sim-1b",${MESSAGES},"max_tokens":1e999}`,
      'invalid_request',
      /whole number/,
      'max_tokens',
    ],
    [
      'with 100,000 levels of nesting in an unknown field',
      `{"model":"sim-1b",${MESSAGES},"x":${'['.repeat(100_000)}`,
      'invalid_json',
      /deep/,
      null,
    ],
    ['with 10,000 levels of nesting in the messages', nested(10_000), 'invalid_json', /deep/, null],
    [
      'without a model',
      '{"messages":[{"role":"user","content":"x"}]}',
      'missing_required_parameter',
      /"model" is missing/,
      'model',
    ],
    ['with an empty model', '{"model":"","messages":[1]}', 'missing_required_parameter', /"model" is missing/, 'model'],
    ['without messages', '{"model":"sim-1b"}', 'missing_required_parameter', /"messages" is missing/, 'messages'],
    [
      'with an empty list of messages',
      '{"model":"sim-1b","messages":[]}',
      'invalid_request',
      /must not be empty/,
      'messages',
    ],
    [
      'with a string as messages',
      '{"model":"sim-1b","messages":"hi"}',
      'invalid_request',
      /type array, not string/,
      'messages',
    ],
    ['with a number as model', '{"model":5,"messages":[1]}', 'invalid_request', /type string, not number/, 'model'],
    [
      'with a string as stream',
      '{"model":"sim-1b","messages":[1],"stream":"yes"}',
      'invalid_request',
      /type boolean, not string/,
      'stream',
    ],
    [
      'with a negative max_tokens',
      '{"model":"sim-1b","messages":[1],"max_tokens":-1}',
      'invalid_request',
      /at least 0/,
      'max_tokens',
    ],
    ['with n: 0', '{"model":"sim-1b","messages":[1],"n":0}', 'invalid_request', /at least 1/, 'n'],
  ] as const)('%s is rejected', async (_title, body, code, message, param) => {
    await expectError(await gateway.post('/v1/chat/completions', body), 400, code, message, param)
  })

  test('with invalid UTF-8 is rejected', async () => {
    const body = Buffer.concat([
      Buffer.from('{"model":"sim-1b","messages":["'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"]}'),
    ])
    await expectError(await gateway.post('/v1/chat/completions', body), 400, 'invalid_json', /UTF-8/)
  })

  test.each([
    ['with an unknown content encoding', 'pack200', 'x', 415, 'unsupported_encoding', /"pack200" is not supported/],
    ['with two content encodings', 'gzip, gzip', 'x', 415, 'unsupported_encoding', /"gzip, gzip" is not supported/],
    ['that is not gzip, contrary to its content-encoding,', 'gzip', '{}', 400, 'invalid_request', /damaged/],
    [
      'of truncated gzip',
      'gzip',
      Bun.gzipSync('{"model":"sim-1b"}').subarray(0, -9),
      400,
      'invalid_request',
      /damaged/,
    ],
    [
      'that is a gzip bomb',
      'gzip',
      Bun.gzipSync(Buffer.alloc(50_000_000, 32)),
      413,
      'request_too_large',
      /larger than the 1 MB/,
    ],
    ['that is a brotli bomb', 'br', brotliCompressSync(Buffer.alloc(50_000_000, 32)), 413, 'request_too_large', /1 MB/],
    ['with an array compressed by zstd', 'zstd', zstdCompressSync(Buffer.from('[]')), 400, 'invalid_json', /object/],
  ] as const)('%s is rejected', async (_title, encoding, body, status, code, message) => {
    const response = await gateway.post('/v1/chat/completions', body, { 'content-encoding': encoding })
    if (status === 415) expect(response.headers.get('accept-encoding')).toBe('gzip, deflate, br, zstd')
    await expectError(response, status, code, message)
  })

  test('with an unknown model is rejected with a suggestion', async () => {
    const response = await gateway.post('/v1/chat/completions', { ...chat('x'), model: 'sim1b' })
    await expectError(response, 404, 'model_not_found', /no model "sim1b".*Did you mean "sim-1b"\?/, 'model')
  })

  test('with a model that the route does not serve is rejected', async () => {
    const response = await gateway.post('/v1/1b/chat/completions', { ...chat('x'), model: 'other' })
    await expectError(
      response,
      404,
      'model_not_found',
      /\/v1\/1b does not serve the model "other".*"sim-1b", "auto"/,
      'model',
    )
  })

  test.each([
    ['unknown', 'hostile-name-of-a-client', 'hostile-name'],
    ['900,000 characters long', 'm'.repeat(900_000), 'mmmm'],
    ['a name with a NUL', 'sim\0-1b', 'sim\0'],
    ['a lone surrogate', '\ud800', '\ud800'],
    ['a name with line breaks', 'a"} 1\nsluice_evil 1\n', 'sluice_evil'],
  ])('whose model is %s creates no metric series, and the error shortens the name', async (_title, model, found) => {
    const response = await gateway.post('/v1/chat/completions', { ...chat('x'), model })
    expect(Number(response.headers.get('content-length'))).toBeLessThan(400)
    await expectError(response, 404, 'model_not_found', /There is no model/, 'model')
    expect(await gateway.metrics()).not.toContain(found)
  })
})

describe('a request that is rejected before its body is read:', () => {
  const call = (path: string, init: RequestInit = {}) => fetch(gateway.url + path, init)

  test.each([
    ['no key', '/v1/chat/completions', {}, 401, 'missing_api_key', /has no API key/],
    [
      'a wrong key',
      '/v1/chat/completions',
      { authorization: 'Bearer sk-wrong' },
      401,
      'invalid_api_key',
      /not valid for this gateway/,
    ],
    ['a wrong key in the query', '/v1/models?key=nope', {}, 401, 'invalid_api_key', /not valid for this gateway/],
    [
      'an unknown path',
      '/v2/chat/completion',
      { authorization: `Bearer ${KEY}` },
      404,
      'not_found',
      /base URL that ends in \/v1/,
    ],
    [
      'an unknown prefix',
      '/nowhere/chat/completions',
      { authorization: `Bearer ${KEY}` },
      404,
      'not_found',
      /path \/nowhere\/chat\/completions does not exist/,
    ],
  ] as const)('%s', async (_title, path, headers, status, code, message) => {
    const method = path.startsWith('/v1/models') ? 'GET' : 'POST'
    await expectError(await call(path, { method, headers }), status, code, message)
  })

  test.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['DELETE', '/v1/embeddings', 'POST'],
    ['POST', '/v1/models', 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
    ['GET', '/admin/reload', 'POST'],
  ])('%s %s returns 405 and allows %s', async (method, path, allow) => {
    const response = await call(path, { method, headers: { authorization: `Bearer ${KEY}` } })
    expect(response.headers.get('allow')).toBe(allow)
    await expectError(response, 405, 'method_not_allowed', new RegExp(`use ${allow}`))
  })

  test('an unknown path is counted, and neither path nor method of the request becomes a label', async () => {
    const count = async () =>
      series(await gateway.metrics(), 'http_requests_total{method="none",route="none",operation="none",status="404"}')
    const before = await count()
    await call('/a-strange-path', { method: 'PUT' })
    expect(await count()).toBe(before + 1)
    expect(await gateway.metrics()).not.toContain('a-strange-path')
  })

  test('a content-length that is too large', async () => {
    const response = await gateway.post('/v1/chat/completions', chat('x'.repeat(1_100_000)))
    await expectError(response, 413, 'request_too_large', /larger than the 1 MB/)
  })

  test('a chunked body that grows too large', async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(65_536).fill(32))
      },
    })
    const response = await call('/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body,
      duplex: 'half',
    } as RequestInit)
    await expectError(response, 413, 'request_too_large', /larger than the 1 MB/)
  })
})
