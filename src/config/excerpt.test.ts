import { expect, test } from 'bun:test'
import { createLines } from './excerpt.ts'

/** The shown line, with the caret put in where it points. */
function shown(text: string, at: string, hidden: readonly (readonly [number, number])[] = []): string | undefined {
  const excerpt = createLines(text, hidden).excerpt(text.indexOf(at))
  return excerpt && `${excerpt.text.slice(0, excerpt.caret)}^${excerpt.text.slice(excerpt.caret)}`
}

test.each([
  ['one\ntwo\nthree', 'two', '^two'],
  ['one\r\ntwo\r\n', 'wo', 't^wo'],
  ['{ apiKey: abc, port: x }', 'port', '{ apiKey: ***, ^port: x }'],
  ['{ apiKey: abc, port: x }', 'abc', '{ apiKey: ^***, port: x }'],
  ['{ apiKey: abc, port: x }', 'bc', '{ apiKey: ^***, port: x }'],
  ['{ apiKey: ${KEY}, token: os.environ/T }', 'apiKey', '{ ^apiKey: ${KEY}, token: os.environ/T }'],
  ['url: http://u:p@w/o@rd@host', 'url', '^url: http://***@host'],
  ['x: Bearer abc', 'x', '^x: Bearer ***'],
  ['x: sk-abcdefghijklmnop', 'x', '^x: ***'],
  ['a: \u001b[31mred', 'a', '^a:  [31mred'],
  ['a: \u202eb', 'a', '^a:  b'],
])('%j at %j is shown as %j', (text, at, expected) => expect(shown(text, at)).toBe(expected))

test('hidden ranges can overlap, and can begin and end on other lines', () => {
  const text = 'one two\nthree four\nfive six'
  const ranges = [
    [4, 13],
    [10, 15],
    [19, 23],
  ] as const // "two\nthree", "ree f", "five"
  expect(['one', 'our', 'six'].map((at) => shown(text, at, ranges))).toEqual(['^one ***', '***^our', '*** ^six'])
})

test('a long line is cut to the part around the caret, and a very long line is not shown', () => {
  expect(shown(`${'x'.repeat(500)}!${'y'.repeat(500)}`, '!')).toBe(`${'x'.repeat(60)}^!${'y'.repeat(59)}`)
  expect(shown(`${'x'.repeat(20_000)}!`, '!')).toBeUndefined()
})
