import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Frame } from './frame.ts'
import { readFrames, sseFrame, sseFrames } from './sse.ts'
import { runs } from '../../../test/runs.ts'

describe('the frames of', () => {
  test.each<[string, string, Frame[]]>([
    ['one event', 'data: a\n\n', [{ name: undefined, data: 'a' }]],
    ['a named event', 'event: ping\ndata: {}\n\n', [{ name: 'ping', data: '{}' }]],
    ['a named event with CRLF', 'event: ping\r\ndata: {}\r\n\r\n', [{ name: 'ping', data: '{}' }]],
    ['no space after the colon', 'event:x\ndata:{}\n\n', [{ name: 'x', data: '{}' }]],
    ['data over lines', 'data: a\r\ndata: b\r\n\r\n', [{ name: undefined, data: 'a\nb' }]],
    ['comments', ': keepalive\n\n:\n\ndata: a\n\n', [{ name: undefined, data: 'a' }]],
    ['an event without data', 'event: x\n\ndata: a\n\n', [{ name: undefined, data: 'a' }]],
    ['other fields', 'id: 1\nretry: 5\ndata: a\n\n', [{ name: undefined, data: 'a' }]],
    [
      'an error without data:, as Vertex appends it',
      'data: a\r\n\r\n{\r\n  "error": {\r\n    "code": 429\r\n  }\r\n}\r\n\r\n',
      [
        { name: undefined, data: 'a' },
        { name: undefined, data: '{\n  "error": {\n    "code": 429\n  }\n}' },
      ],
    ],
    [
      'Unicode line separators, which do not end a line',
      'data: a\u2028b\u0085c\n\n',
      [{ name: undefined, data: 'a\u2028b\u0085c' }],
    ],
  ])('%s', (_title, text, frames) => expect(readFrames(text)).toEqual(frames))
})

const frame = fc.record({
  name: fc.option(fc.constantFrom('a', 'message_start'), { nil: undefined }),
  data: fc.json(),
})

test('a stream split at any byte has the same frames', () =>
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 4 }), fc.array(fc.nat(200), { maxLength: 5 }), (frames, cuts) => {
      const bytes = Buffer.from(frames.map(({ name, data }) => sseFrame(data, name)).join(''))
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
      const reader = sseFrames()
      const seen = at.slice(1).flatMap((end, index) => reader.push(bytes.subarray(at[index], end)))
      expect([...seen, ...reader.end()]).toEqual(frames)
    }),
    runs(),
  ))

describe('at the end of a stream', () => {
  test.each([
    ['an event without its blank line counts', 'data: {"a":1}', 1],
    ['so does [DONE]', 'data: [DONE]', 1],
    ['so does [DONE] with a trailing space', 'data: [DONE] \n', 1],
    ['so does an error without data:', '{"error": {"code": 503}}\n', 1],
    ['an incomplete error is upstream_cut', '{"error": {"code"', 'cut'],
    ['an incomplete event is upstream_cut', 'data: {"a":', 'cut'],
  ])('%s', (_title, text, outcome) => {
    const reader = sseFrames()
    reader.push(Buffer.from(text))
    if (outcome === 'cut') expect(() => reader.end()).toThrow('in the middle of an event')
    else expect(reader.end()).toHaveLength(outcome as number)
  })
})
