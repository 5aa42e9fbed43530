import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { GatewayError } from '../../errors.ts'
import { rootPaths, targetOf } from './target.ts'
import { runs } from '../../../test/runs.ts'

const BASE = 'https://api.example.com/v1'

test.each([
  ['/p/files', 'https://api.example.com/v1/files'],
  ['/p/files/', 'https://api.example.com/v1/files/'],
  ['/p/v1/files', 'https://api.example.com/v1/files'],
  ['/p/v1/v1/files', 'https://api.example.com/v1/v1/files'],
  ['/p/v10/files', 'https://api.example.com/v1/v10/files'],
  ['/p/files?limit=2&after=a%26b', 'https://api.example.com/v1/files?limit=2&after=a%26b'],
  ['/p/files?key=sk-ours&a=1&%6bey=x', 'https://api.example.com/v1/files?a=1'],
  ['/p/files?key=sk-ours', 'https://api.example.com/v1/files'],
  ['/p/files?monkey=1&keys=2', 'https://api.example.com/v1/files?monkey=1&keys=2'],
  ['/p/files?a=https://evil.com/../..', 'https://api.example.com/v1/files?a=https://evil.com/../..'],
  ['/p/model/arn%3Aaws%3Abedrock%2Fid/converse', 'https://api.example.com/v1/model/arn%3Aaws%3Abedrock%2Fid/converse'],
  ['/p/a%20file..txt', 'https://api.example.com/v1/a%20file..txt'],
  ['/p/a@evil.com:80/x', 'https://api.example.com/v1/a@evil.com:80/x'],
  ['/p//evil.com/x', 'https://api.example.com/v1//evil.com/x'],
  ['/p/https://evil.com/x', 'https://api.example.com/v1/https://evil.com/x'],
  ['/p/models/m:generateContent', 'https://api.example.com/v1/models/m:generateContent'],
  ['/p/files%23part', 'https://api.example.com/v1/files%23part'],
])('%s is forwarded to %s', (path, url) => expect(targetOf(BASE, `http://gateway${path}`)).toBe(url))

test.each([
  ['up', '/p/../admin'],
  ['up, encoded', '/p/%2e%2e/admin'],
  ['up, half encoded', '/p/.%2E/admin'],
  ['up, encoded twice', '/p/%252e%252e/admin'],
  ['up, encoded three times', '/p/%25252e%25252e/admin'],
  ['encoded without end', `/p/%${'25'.repeat(20)}2e`],
  ['up with an encoded slash', '/p/a%2f..%2f..%2fadmin'],
  ['up with an encoded backslash', '/p/a%5c..%5cadmin'],
  ['up with a backslash', '/p/a\\..\\admin'],
  ['up before a semicolon', '/p/..;/admin'],
  ['up at the end', '/p/files/..'],
  ['a single dot', '/p/./files'],
  ['up before a fragment', '/p/a%2f..#'],
  ['a NUL', '/p/files%00'],
  ['a new line', '/p/files%0d%0ahost:%20evil'],
  ['invalid UTF-8', '/p/files%ff'],
  ['a truncated escape', '/p/files%2'],
])('%s is rejected', (_title, path) => expect(() => targetOf(BASE, `http://gateway${path}`)).toThrow(GatewayError))

test('a base without a path allows every path of its host', () =>
  expect(targetOf('https://api.example.com', 'http://g/p/v1/x')).toBe('https://api.example.com/v1/x'))

test.each([
  ['/p/tokenize', 'http://gpu:8000/tokenize'],
  ['/p/health?a=1', 'http://gpu:8000/health?a=1'],
  ['/p/api/tags', 'http://gpu:8000/api/tags'],
  ['/p/v1/tokenize', 'http://gpu:8000/v1/tokenize'],
  ['/p/v1/models', 'http://gpu:8000/v1/models'],
  ['/p/models', 'http://gpu:8000/v1/models'],
  ['/p/chat/completions', 'http://gpu:8000/v1/chat/completions'],
  ['/p/v10/x', 'http://gpu:8000/v10/x'],
  ['/p/', 'http://gpu:8000/'],
])('%s at a server that belongs to the provider as a whole is forwarded to %s', (path, url) => {
  const base = 'http://gpu:8000/v1'
  expect(targetOf(base, `http://gateway${path}`, rootPaths({ isSelfHosted: true, basePath: '/v1' }, base))).toBe(url)
})

test.each([
  ['a hosted provider', { isSelfHosted: false, basePath: '/v1' }, 'https://api.example.com/v1'],
  ['a URL with a path of its own', { isSelfHosted: true, basePath: '/v1' }, 'https://api.example.com/team-a/v1'],
])('%s has no root', (_title, row, base) =>
  expect(targetOf(base, 'http://gateway/p/tokenize', rootPaths(row, base))).toBe(`${base}/tokenize`),
)

test.each(['/p/../admin', '/p/%2e%2e/admin', '/p/a%5c..%5cadmin', '/p/..;/admin', '/p/x%00'])(
  'a root does not open other paths: %s',
  (path) => expect(() => targetOf(BASE, `http://gateway${path}`, () => true)).toThrow(GatewayError),
)

test('no path leaves the base', () => {
  const piece = fc.constantFrom(
    '/',
    '..',
    '.',
    '%2e',
    '%2f',
    '%5c',
    '%25',
    '@',
    ':',
    '//',
    'evil.com',
    ';',
    'v1',
    '?',
    '#',
    '\\',
    '%00',
  )
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 12 }),
      (pieces) => {
        let target: URL
        try {
          target = new URL(targetOf(BASE, `http://gateway/p/${pieces.join('')}`))
        } catch (thrown) {
          if (thrown instanceof GatewayError) return
          throw thrown
        }
        expect(target.origin).toBe('https://api.example.com')
        expect(target.pathname).toStartWith('/v1/')
        expect(decodeURIComponent(target.pathname).split(/[/\\]/)).not.toContain('..')
      },
    ),
    runs(),
  )
})
