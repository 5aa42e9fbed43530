import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { GatewayError } from '../../errors.ts'
import { withoutMark } from '../byte-order-mark.ts'
import { EventSplitter, eventData, MAX_EVENT_BYTES, splitEvents } from './events.ts'
import { runs } from '../../../test/runs.ts'

const bytes = (text: string) => Buffer.from(text)

function feed(chunks: readonly Uint8Array[]) {
  const splitter = new EventSplitter()
  const whole = chunks.flatMap((chunk) => splitter.push(chunk) ?? [])
  return { whole: whole.map((part) => Buffer.from(part).toString()), rest: Buffer.from(splitter.takeRest()).toString() }
}

describe('events are returned when they are complete', () => {
  test.each([
    ['one event in one chunk', ['data: a\n\n'], ['data: a\n\n'], ''],
    ['two events in one chunk', ['data: a\n\ndata: b\n\n'], ['data: a\n\ndata: b\n\n'], ''],
    ['an event and a half', ['data: a\n\ndata: '], ['data: a\n\n'], 'data: '],
    ['the blank line split', ['data: a\n', '\n'], ['data: a\n\n'], ''],
    ['CRLF split three ways', ['data: a\r', '\n\r', '\n'], ['data: a\r\n\r\n'], ''],
    ['bare CR', ['data: a\r\rdata'], ['data: a\r\r'], 'data'],
    ['byte after byte', [...'data: a\n\n'], ['data: a\n\n'], ''],
    ['no end at all', ['data: a', 'b'], [], 'data: ab'],
    ['CR, then CRLF', ['data: a\r\r\n'], ['data: a\r\r\n'], ''],
    ['LF, then CRLF', ['data: a\n\r\ndata'], ['data: a\n\r\n'], 'data'],
    ['CRLF, then LF', ['data: a\r\n\ndata'], ['data: a\r\n\n'], 'data'],
    ['LF, then CR', ['data: a\n\rdata'], ['data: a\n\r'], 'data'],
    ['LF, then CR, and a late next byte', ['data: a\n\r', 'data'], ['data: a\n\r'], 'data'],
    ['a CR with a late LF', ['data: a\r\n\r', '\ndata'], ['data: a\r\n\r\n'], 'data'],
    [
      'a single line end is not a border',
      ['data: a\r\ndata: b\ndata: c\r', 'data: d\r\n'],
      [],
      'data: a\r\ndata: b\ndata: c\rdata: d\r\n',
    ],
    ['comments only', [': a\n\n: b\n', '\n'], [': a\n\n', ': b\n\n'], ''],
    ['a byte order mark, which is removed', ['\uFEFFdata: a\n\n'], ['data: a\n\n'], ''],
  ])('%s', (_title, chunks, whole, rest) => {
    expect(feed(chunks.map(bytes))).toEqual({ whole, rest })
  })
})

const LINE_ENDS = ['\n', '\r\n', '\r'] as const

/** Lines of any kind, with line ends of any kind after them; including bytes that are not UTF-8. */
const line = fc.oneof(
  fc.constantFrom('data: ', 'data:', ': ping', 'event: x', 'id', 'data: {"error', '\xEF\xBB\xBF'),
  fc.string({ unit: fc.constantFrom('a', '{', ' ', ':', '\xFF', '\xC3', '\0'), maxLength: 12 }),
)
const stream = fc
  .array(fc.tuple(line, fc.constantFrom(...LINE_ENDS), fc.constantFrom('', '', ...LINE_ENDS)))
  .map((parts) => Buffer.from(parts.flat().join(''), 'latin1'))

const HAS_BLANK_LINE_AT_END = /(?:\r\n|\r|\n)(?:\r\n|\r|\n)$/

/** What a splitter returns, and what it holds back. */
function split(chunks: readonly Uint8Array[]) {
  const splitter = new EventSplitter()
  const parts = chunks.map((chunk) => Buffer.from(splitter.push(chunk) ?? []))
  return { parts: parts.filter(({ length }) => length > 0), rest: Buffer.from(splitter.takeRest()) }
}

test('for any chunks no byte but a byte order mark is lost and every returned part ends at a border', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(40)), (bytes, cuts) => {
      const chunks: Uint8Array[] = []
      let at = 0
      for (const cut of cuts) chunks.push(bytes.subarray(at, (at += cut + 1)))
      chunks.push(bytes.subarray(at))
      const { parts, rest } = split(chunks.filter(({ length }) => length > 0))
      expect(Buffer.concat([...parts, rest])).toEqual(withoutMark(bytes))
      for (const part of parts) expect(part.toString('latin1')).toMatch(HAS_BLANK_LINE_AT_END)
    }),
    runs(),
  )
})

test('a stream split at any byte has the same events as in one piece', () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      const whole = eventData(split([bytes]).parts.join(''))
      for (let at = 1; at < bytes.length; at++) {
        const { parts } = split([bytes.subarray(0, at), bytes.subarray(at)])
        expect(eventData(parts.join(''))).toEqual(whole)
      }
    }),
    runs(),
  )
})

test('the events of a text, concatenated, equal the text', () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      const text = bytes.toString('latin1')
      expect(splitEvents(text).join('')).toBe(text)
      expect(splitEvents(text).flatMap(eventData)).toEqual(eventData(text))
    }),
    runs(),
  )
})

describe('one event', () => {
  const feedWhole = (bytes: number, chunkBytes: number) => {
    const splitter = new EventSplitter()
    const chunk = new Uint8Array(chunkBytes).fill(97)
    for (let at = 0; at < bytes; at += chunkBytes) splitter.push(chunk)
    return splitter.push(Buffer.from('\n\n'))
  }

  test.each([
    ['of 10 MB in network chunks', 10 * 1024 * 1024, 64 * 1024],
    ['of 1 MB, byte after byte', 1024 * 1024, 1],
    ['as large as allowed', MAX_EVENT_BYTES - 64 * 1024, 64 * 1024],
  ])('%s passes', (_title, bytes, chunkBytes) => {
    expect(feedWhole(bytes, chunkBytes)?.length).toBe(bytes + 2)
  })

  test('that never ends is rejected before it fills the memory', () => {
    const expected = new GatewayError('upstream_malformed', 'The upstream sent an event of more than 32 MB.')
    expect(() => feedWhole(MAX_EVENT_BYTES + 1024 * 1024, 1024 * 1024)).toThrow(expected)
  })

  test('that is incomplete keeps only its own bytes in memory, not its chunk', () => {
    const splitter = new EventSplitter()
    splitter.push(Buffer.concat([Buffer.alloc(1024 * 1024, 'data: a\n\n'), Buffer.from('\n\ndata: half')]))
    expect(splitter.takeRest().buffer.byteLength).toBeLessThan(4096)
  })
})

test.each([
  ['data: {"a":1}\n\n', ['{"a":1}']],
  ['data:{"a":1}\r\n\r\ndata: [DONE]\r\n\r\n', ['{"a":1}', '[DONE]']],
  [': ping\n\nevent: x\ndata: 1\ndata: 2\n\n', ['1\n2']],
  ['data: 1\r\ndata: 2\r\n\r\n', ['1\n2']],
  ['data: 1\rdata: 2\r\rdata: 3', ['1\n2', '3']],
  ['data: 1\n\r\ndata: 2\r\r\ndata: 3\n\r', ['1', '2', '3']],
  ['\uFEFFdata: 1\n\n', ['1']],
  ['event: error\ndata: {"error":1}\nid: 7\n\n', ['{"error":1}']],
  [': only\n\n: comments\n\n', []],
  ['data\n\ndata:\n\n', []],
  ['', []],
])('the data of %j is %j', (text, data) => expect(eventData(text)).toEqual(data))
