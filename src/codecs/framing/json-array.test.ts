import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { FrameReader } from './frame.ts'
import { jsonArrayFrames } from './json-array.ts'
import { ndjsonFrames } from './ndjson.ts'
import { runs } from '../../../test/runs.ts'

/** The payloads of a stream that arrives in the given pieces. */
function payloads(reader: FrameReader, pieces: readonly Uint8Array[]): string[] {
  const seen = pieces.flatMap((piece) => [...reader.push(piece)])
  return [...seen, ...reader.end()].map(({ data }) => data)
}

const whole = (reader: FrameReader, text: string) => payloads(reader, [Buffer.from(text)])

describe('the elements of', () => {
  test.each<[string, string, string[]]>([
    ['a list', '[{"a":1},{"b":2}]', ['{"a":1}', '{"b":2}']],
    [
      'a list as Google writes it',
      '[{\n  "a": [1, {}]\n}\r\n,\r\n{"b": "]}"}\n]\n',
      ['{\n  "a": [1, {}]\n}', '{"b": "]}"}'],
    ],
    [
      'strings with quotes and backslashes',
      '[{"a":"\\"}\\\\"},{"\\\\\\"":"{"}]',
      ['{"a":"\\"}\\\\"}', '{"\\\\\\"":"{"}'],
    ],
    ['an empty list', '[]', []],
    ['an empty stream', '', []],
    ['an object alone', '{"error":{}}', ['{"error":{}}']],
    ['a list followed by an error', '[{"a":1}]\n{"error":{}}', ['{"a":1}', '{"error":{}}']],
    ['a list that was not closed', '[{"a":1}', ['{"a":1}']],
  ])('%s', (_title, text, elements) => expect(whole(jsonArrayFrames(), text)).toEqual(elements))
})

describe('rejected as a list', () => {
  test.each([
    ['a page of HTML', '<html>', 'not send a JSON list of objects'],
    ['a list of numbers', '[1,2]', 'not send a JSON list of objects'],
    ['an incomplete element', '[{"a":1},{"b"', 'in the middle of an event'],
    ['an element cut in a string', '[{"a":"}]', 'in the middle of an event'],
  ])('%s', (_title, text, why) => expect(() => whole(jsonArrayFrames(), text)).toThrow(why))
})

describe('the lines of', () => {
  test.each<[string, string, string[]]>([
    ['two values', '{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
    ['CRLF and empty lines', '\r\n{"a":1}\r\n\r\n{"b":2}\r\n', ['{"a":1}', '{"b":2}']],
    ['a last line without a line end', '{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ['Unicode line separators, which do not end a line', '{"a":"\u2028\u0085"}\n', ['{"a":"\u2028\u0085"}']],
    ['an empty stream', '', []],
  ])('%s', (_title, text, lines) => expect(whole(ndjsonFrames(), text)).toEqual(lines))

  test('an incomplete value is upstream_cut', () =>
    expect(() => whole(ndjsonFrames(), '{"a":1}\n{"b"')).toThrow('in the middle of an event'))
})

const element = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), {
  maxKeys: 3,
})
const FORMS = [
  { create: jsonArrayFrames, write: (texts: string[]) => `[${texts.join('\n,\r\n')}]\n` },
  { create: ndjsonFrames, write: (texts: string[]) => texts.map((text) => `${text}\n`).join('') },
]

test.each(FORMS)('a stream split at every byte has the same elements: $create.name', ({ create, write }) =>
  fc.assert(
    fc.property(fc.array(element, { maxLength: 3 }), (elements) => {
      const texts = elements.map((value) => JSON.stringify(value))
      const bytes = Buffer.from(write(texts))
      for (let at = 0; at <= bytes.length; at++)
        expect(payloads(create(), [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(texts)
      expect(
        payloads(
          create(),
          [...bytes].map((byte) => Uint8Array.of(byte)),
        ),
      ).toEqual(texts)
    }),
    runs(30),
  ),
)
