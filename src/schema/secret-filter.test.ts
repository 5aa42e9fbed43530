import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/runs.ts'
import { SecretFilter } from './secret-filter.ts'

const KEY = 'k/3+y "quoted" öäü=='
const filter = new SecretFilter([KEY, 'Bearer tok-12345678', 'short', ''])
const many = new SecretFilter([
  KEY,
  'Bearer tok-12345678',
  ...Array.from({ length: 2000 }, (_, at) => `sk-key-of-provider-${at}`),
])

describe.each([
  ['a few secrets', filter],
  ['thousands of secrets', many],
])('%s', (_title, secrets) => {
  test.each<[string, string, string]>([
    ['alone', KEY, '[redacted]'],
    ['in a text, twice', `a ${KEY} b ${KEY}`, 'a [redacted] b [redacted]'],
    ['in a URL', `?key=${encodeURIComponent(KEY)}&x`, '?key=[redacted]&x'],
    ['in JSON', JSON.stringify({ a: KEY }), '{"a":"[redacted]"}'],
    ['in JSON with escaped slashes', JSON.stringify({ a: KEY }).replaceAll('/', '\\/'), '{"a":"[redacted]"}'],
    ['without its scheme', 'rejected tok-12345678.', 'rejected [redacted].'],
    ['with its scheme', 'rejected Bearer tok-12345678.', 'rejected Bearer [redacted].'],
    ['another text', 'A short text without one.', 'A short text without one.'],
  ])('%s', (_name, text, expected) => expect(secrets.clean(text)).toBe(expected))
})

test('of secrets that contain each other, the longest is replaced', () =>
  expect(new SecretFilter(['abcdefgh', 'abcdefgh-ijkl']).clean('x abcdefgh-ijkl abcdefgh')).toBe(
    'x [redacted] [redacted]',
  ))

test('a filter with more secrets replaces both', () => {
  const more = filter.with(['another-secret'])
  expect(more.clean(`${KEY} another-secret`)).toBe('[redacted] [redacted]')
  expect(Buffer.from(more.cleanPlain(bytes('another-secret'))).toString()).toBe('[redacted]')
  expect(Buffer.from(more.stream().push(bytes(`x ${KEY}`))).toString()).toBe('x [redacted]')
  expect(filter.with([])).toBe(filter)
})

test('one of thousands is found', () => expect(many.clean('no sk-key-of-provider-1999!')).toBe('no [redacted]!'))

const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const cleaned = (text: string) => Buffer.from(filter.cleanBytes(bytes(text))).toString()

test('characters that JSON writes as escapes are found', () => {
  const escaped = [...'tok-12345678'].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  expect(cleaned(`{"error":{"message":"no ${escaped}","n":1e400}}`)).toContain('"message":"no [redacted]"')
  expect(cleaned(`{"error": ${escaped}`)).toBe(`{"error": ${escaped}`) // not JSON, and not the key either
})

test('bytes without secrets are the same bytes', () => {
  const body = bytes('{"error" : {"message":"x","n":12345678901234567890}}')
  expect(filter.cleanBytes(body)).toBe(body)
})

test('the work for a text does not depend on the number of secrets', () => {
  // One by one, these would be 10 billion comparisons.
  const text = 'The model does not exist or you do not have access to it. '.repeat(10_000)
  const keys = Array.from({ length: 20_000 }, (_, at) => `${at * 1_000_003}-abcdefgh`)
  expect(new SecretFilter(keys).clean(text)).toBe(text)
})

test('however a stream is cut, the secrets in it are replaced and nothing else changes', () =>
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(KEY, 'tok-12345678', 'tok-1234', KEY.slice(0, 9)), fc.string())),
      fc.array(fc.nat(9)),
      (pieces, cuts) => {
        const whole = bytes(pieces.join(''))
        const stream = filter.stream()
        const received: Uint8Array[] = []
        let at = 0
        for (const cut of cuts) received.push(stream.push(whole.subarray(at, (at += cut))))
        received.push(stream.push(whole.subarray(at)), stream.end())
        const text = Buffer.concat(received).toString()
        expect(text).toBe(filter.clean(pieces.join('')))
        for (const secret of [KEY, 'tok-12345678']) expect(text).not.toContain(secret)
      },
    ),
    runs(),
  ))

test('a chunk that cannot end in the beginning of a secret is not held back', () => {
  const stream = filter.stream()
  expect(Buffer.from(stream.push(bytes('data: hello\n\n'))).toString()).toBe('data: hello\n\n')
  expect(Buffer.from(stream.push(bytes('data: tok-'))).toString()).toBe('data: ')
  expect(Buffer.from(stream.push(bytes('x\n\n'))).toString()).toBe('tok-x\n\n')
})
