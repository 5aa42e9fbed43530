import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { promptOf } from './prompt.ts'
import { buildRequest } from './request.ts'
import type { RequestOptions } from './request.ts'
import { parseTarget } from './target.ts'
import { runs } from '../../test/runs.ts'

test.each([
  ['http://127.0.0.1:8080/v1', '127.0.0.1', 8080, '/v1/chat/completions'],
  ['http://127.0.0.1:8080/v1/', '127.0.0.1', 8080, '/v1/chat/completions'],
  ['http://127.0.0.1:8080', '127.0.0.1', 8080, '/v1/chat/completions'],
  ['127.0.0.1:8080/v1/1b', '127.0.0.1', 8080, '/v1/1b/chat/completions'],
  ['http://[::1]:8080/v1', '::1', 8080, '/v1/chat/completions'],
  ['https://gateway.example/v1/messages', 'gateway.example', 443, '/v1/messages'],
  ['http://h/v1/chat/completions?api-version=1', 'h', 80, '/v1/chat/completions?api-version=1'],
  ['http://h/v1beta/models/g:streamGenerateContent?alt=sse', 'h', 80, '/v1beta/models/g:streamGenerateContent?alt=sse'],
])('%s gives host, port and path', (url, host, port, path) => {
  expect(parseTarget(url)).toMatchObject({ host, port, path })
})

test.each(['http://', 'http://a b', 'ftp://host/v1'])('%s is rejected with an example', (url) => {
  expect(() => parseTarget(url)).toThrow('Write it like http://')
})

function sent(options: RequestOptions) {
  const text = Buffer.from(buildRequest(parseTarget('http://127.0.0.1:9/v1'), options)).toString()
  const [head, body] = text.split('\r\n\r\n') as [string, string]
  return { lines: head.split('\r\n'), body }
}

test('a request has head, key, length and body', () => {
  const { lines, body } = sent({ model: 'm', key: 'sk-1', promptBytes: 100, headers: [['X-Team', 'a']] })
  expect(lines[0]).toBe('POST /v1/chat/completions HTTP/1.1')
  expect(lines).toContain('host: 127.0.0.1:9')
  expect(lines).toContain('authorization: Bearer sk-1')
  expect(lines).toContain('x-team: a')
  expect(lines).toContain(`content-length: ${Buffer.byteLength(body)}`)
  expect(JSON.parse(body)).toEqual({ model: 'm', messages: [{ role: 'user', content: promptOf(100) }] })
})

test.each([
  ['a stream sets "stream"', { stream: true, maxTokens: 7 }, { stream: true, max_tokens: 7 }],
  ['extra fields are passed on', { extra: { seed: 3 } }, { seed: 3 }],
  ['a given body is sent unchanged', { body: '{"input":1}', model: 'unused' }, { input: 1 }],
])('%s', (_title, options, expected) => {
  expect(JSON.parse(sent(options).body)).toMatchObject(expected)
})

test.each([
  ['/v1/completions', { prompt: 'The har' }],
  ['/v1/responses', { input: 'The har' }],
  ['/v1/embeddings', { input: 'The har' }],
  ['/v1/messages', { max_tokens: 64, messages: [{ role: 'user', content: 'The har' }] }],
])('the body for %s is in its format', (path, expected) => {
  const text = Buffer.from(buildRequest(parseTarget(`http://h${path}`), { promptBytes: 7 })).toString()
  expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toEqual(expected)
})

test('a header from the user replaces the default one', () => {
  const { lines } = sent({ key: 'sk-1', headers: [['Authorization', 'Basic x']] })
  expect(lines.filter((line) => line.startsWith('authorization'))).toEqual(['authorization: Basic x'])
})

test('a prompt has the requested size as JSON text', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5000 }),
      fc.constantFrom('prose' as const, 'code' as const),
      (bytes, flavour) => {
        const written = JSON.stringify(promptOf(bytes, flavour)).length - 2
        expect(written).toBeLessThanOrEqual(bytes)
        expect(written).toBeGreaterThanOrEqual(bytes - 2)
      },
    ),
    runs(),
  )
})
