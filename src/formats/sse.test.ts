import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { EventSplitter, EventTooLarge, eventData } from './sse.ts'

const bytes = (text: string) => Buffer.from(text)

function feed(chunks: readonly Uint8Array[]) {
  const splitter = new EventSplitter()
  const whole = chunks.flatMap((chunk) => splitter.push(chunk) ?? [])
  return { whole: whole.map((part) => Buffer.from(part).toString()), rest: Buffer.from(splitter.takeRest()).toString() }
}

describe('events leave when they are whole', () => {
  test.each([
    ['one event in one chunk', ['data: a\n\n'], ['data: a\n\n'], ''],
    ['two events in one chunk', ['data: a\n\ndata: b\n\n'], ['data: a\n\ndata: b\n\n'], ''],
    ['an event and a half', ['data: a\n\ndata: '], ['data: a\n\n'], 'data: '],
    ['the blank line split', ['data: a\n', '\n'], ['data: a\n\n'], ''],
    ['CRLF split three ways', ['data: a\r', '\n\r', '\n'], ['data: a\r\n\r\n'], ''],
    ['bare CR', ['data: a\r\rdata'], ['data: a\r\r'], 'data'],
    ['byte after byte', [...'data: a\n\n'], ['data: a\n\n'], ''],
    ['no end at all', ['data: a', 'b'], [], 'data: ab'],
  ])('%s', (_title, chunks, whole, rest) => {
    expect(feed(chunks.map(bytes))).toEqual({ whole, rest })
  })
})

const event = fc.tuple(
  fc.string({ unit: fc.constantFrom('a', 'é', '{', ' ', ':') }),
  fc.constantFrom('\n\n', '\r\n\r\n', '\r\r'),
)

test('however a stream is cut into chunks, no byte is lost and every hand-over ends at a border', () => {
  fc.assert(
    fc.property(fc.array(event), fc.array(fc.nat(40)), fc.string(), (events, cuts, tail) => {
      const stream = bytes(events.map(([data, end]) => `data: ${data}${end}`).join('') + tail.replaceAll(/[\r\n]/g, ''))
      const chunks: Uint8Array[] = []
      let at = 0
      for (const cut of cuts) chunks.push(stream.subarray(at, (at += cut + 1)))
      chunks.push(stream.subarray(at))
      const { whole, rest } = feed(chunks.filter((chunk) => chunk.length > 0))
      expect(whole.join('') + rest).toBe(stream.toString())
      for (const part of whole) expect(part).toMatch(/(\n\n|\r\n\r\n|\r\r)$/)
    }),
  )
})

test('an event that never ends is refused before it fills the memory', () => {
  const splitter = new EventSplitter()
  const chunk = new Uint8Array(1024 * 1024).fill(97)
  expect(() => {
    for (let i = 0; i < 40; i++) splitter.push(chunk)
  }).toThrow(EventTooLarge)
})

test.each([
  ['data: {"a":1}\n\n', ['{"a":1}']],
  ['data:{"a":1}\r\n\r\ndata: [DONE]\r\n\r\n', ['{"a":1}', '[DONE]']],
  [': ping\n\nevent: x\ndata: 1\ndata: 2\n\n', ['1\n2']],
  ['', []],
])('the data of %j is %j', (text, data) => expect(eventData(text)).toEqual(data))
