import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ChunkedBody } from './chunked.ts'
import { MalformedHttp } from './malformed.ts'

/** Feeds a body in the given segments. */
function decode(segments: readonly Buffer[]) {
  const body = new ChunkedBody()
  const parts: Buffer[] = []
  let rest = Buffer.alloc(0)
  for (const segment of segments) {
    const used = body.isComplete ? 0 : body.push(segment, (part) => parts.push(part))
    rest = Buffer.concat([rest, segment.subarray(used)])
  }
  return { text: Buffer.concat(parts).toString('latin1'), isComplete: body.isComplete, rest: rest.toString('latin1') }
}

const bytes = (text: string) => Buffer.from(text, 'latin1')

/** The segments of `text` that begin at these places. */
function cut(text: string, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].toSorted((a, b) => a - b)
  return [0, ...ends].map((from, index) => bytes(text.slice(from, ends[index])))
}

test.each<[title: string, body: string, text: string, rest: string]>([
  ['chunks', '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n', 'hello world', ''],
  ['nothing', '0\r\n\r\n', '', ''],
  ['sizes in capitals and with zeros', '00A\r\n0123456789\r\n000\r\n\r\n', '0123456789', ''],
  ['extensions', '5;name=value;x\r\nhello\r\n0;last\r\n\r\n', 'hello', ''],
  ['a space after the size', '5 \r\nhello\r\n0\r\n\r\n', 'hello', ''],
  ['trailers', '5\r\nhello\r\n0\r\nx-a: 1\r\nx-b: 2\r\n\r\n', 'hello', ''],
  ['what follows is not part of it', '1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK', 'a', 'HTTP/1.1 200 OK'],
  ['line breaks inside', '4\r\n\r\n\r\n\r\n0\r\n\r\n', '\r\n\r\n', ''],
])('%s, in one piece and byte by byte', (_title, body, text, rest) => {
  const expected = { text, isComplete: true, rest }
  expect(decode([bytes(body)])).toEqual(expected)
  expect(decode(Array.from(body, bytes))).toEqual(expected)
})

test('any body in any chunks and any segments is the same body', () => {
  const chunk = fc.record({
    data: fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' }),
    extension: fc.constantFrom('', ';a', ';a="b"'),
  })
  fc.assert(
    fc.property(
      fc.array(chunk),
      fc.array(fc.nat(500)),
      fc.constantFrom('', 'x-a: 1\r\n'),
      (chunks, places, trailer) => {
        const sent = chunks
          .map(({ data, extension }) => `${data.length.toString(16)}${extension}\r\n${data}\r\n`)
          .join('')
        const whole = `${sent}0\r\n${trailer}\r\n`
        expect(decode(cut(whole, places))).toEqual({
          text: chunks.map(({ data }) => data).join(''),
          isComplete: true,
          rest: '',
        })
      },
    ),
  )
})

test('a truncated body is never complete', () => {
  const whole = '5\r\nhello\r\n3;x\r\nabc\r\n0\r\nx-a: 1\r\n\r\n'
  for (let length = 0; length < whole.length; length++)
    expect(decode([bytes(whole.slice(0, length))]).isComplete).toBe(false)
})

describe('an invalid body is malformed', () => {
  test.each<[title: string, body: string]>([
    ['no size', '\r\nhello\r\n'],
    ['not hexadecimal', 'g\r\nhello\r\n'],
    ['a sign', '+5\r\nhello\r\n'],
    ['a negative size', '-5\r\nhello\r\n'],
    ['a prefix', '0x5\r\nhello\r\n'],
    ['a huge size', `${'f'.repeat(16)}\r\nhello\r\n`],
    ['a line feed only', '5\nhello\r\n0\r\n\r\n'],
    ['a chunk longer than its size', '3\r\nhello\r\n0\r\n\r\n'],
    ['an endless size line', `5;${'x'.repeat(10_000)}`],
    ['endless trailers', `0\r\n${'x-a: 1\r\n'.repeat(10_000)}`],
  ])('%s', (_title, body) => {
    expect(() => decode([bytes(body)])).toThrow(MalformedHttp)
    expect(() => decode(Array.from(body, bytes))).toThrow(MalformedHttp)
  })
})
