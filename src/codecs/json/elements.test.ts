import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/runs.ts'
import { textOf } from '../text.ts'
import { scanArray } from './elements.ts'
import { JsonScanError } from './error.ts'

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text))
const textsOf = (text: string) => {
  const bytes = bytesOf(text)
  return scanArray(bytes, 0, 100).map(({ start, end }) => textOf(bytes, start, end))
}

test.each<[string, string[]]>([
  ['[]', []],
  ['[ ]', []],
  ['[1]', ['1']],
  [' [1]'.trim(), ['1']],
  ['[ {"a":[1,2]} , "x,]" ,null]', ['{"a":[1,2]}', '"x,]"', 'null']],
])('%s', (text, elements) => expect(textsOf(text)).toEqual(elements))

test.each(['', '{}', '[', '[1', '[1,', '[1,]', '[,1]', '[1 2]', '[{]', '["a]'])('%s is rejected', (text) =>
  expect(() => textsOf(text)).toThrow(JsonScanError),
)

describe('any array', () => {
  test('has the elements that a parser finds', () =>
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const texts = textsOf(JSON.stringify(values))
        expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(JSON.parse(JSON.stringify(values)))
      }),
      runs(),
    ))

  test('that is cut is rejected', () =>
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.nat(), (values, at) => {
        const text = JSON.stringify(values)
        expect(() => textsOf(text.slice(0, at % text.length))).toThrow(JsonScanError)
      }),
      runs(),
    ))
})
