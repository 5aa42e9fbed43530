import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/runs.ts'
import { mayHaveCutArguments, withObjectArguments } from './readable-arguments.ts'

const chat = (...texts: unknown[]) => ({
  messages: [
    { role: 'user', content: 'Go.' },
    { role: 'assistant', tool_calls: texts.map((text) => ({ id: 'c', function: { name: 'ls', arguments: text } })) },
  ],
})
const responses = (text: unknown) => ({ input: [{ type: 'function_call', call_id: 'c', name: 'ls', arguments: text }] })

const bytesOf = (body: unknown, indent?: number) => new Uint8Array(Buffer.from(JSON.stringify(body, null, indent)))
function fix(body: object) {
  const notes: string[] = []
  const fixed = withObjectArguments(body as Record<string, unknown>, (path, what) => notes.push(`${path}: ${what}`))
  return { fixed, notes }
}

describe('arguments that are not an object become one with their text', () => {
  test.each([['{"path":"/a'], ['[1]'], ['"x"'], ['null'], ['{"a":1}{"a":1}'], ["{'a': 1}"]])('%s', (text) => {
    const expected = JSON.stringify({ invalid_json: text })
    const what = 'changed: the arguments of "ls" are not a JSON object and are sent as text'
    expect(fix(chat('{}', text))).toEqual({
      fixed: chat('{}', expected),
      notes: [`messages[1].tool_calls[1]: ${what}`],
    })
    expect(fix(responses(text))).toEqual({ fixed: responses(expected), notes: [`input[0]: ${what}`] })
  })
})

test.each([['{}'], [''], ['{"a":"\\"arguments\\""}'], [{ a: 1 }], [null]])('%p stays', (value) => {
  const body = chat(value)
  expect(mayHaveCutArguments(bytesOf(body))).toBe(false)
  expect(fix(body).fixed).toBe(body)
})

test.each<[string, object]>([
  ['a text', { messages: [{ role: 'user', content: '"arguments":"x' }] }],
  ['a schema', { tools: [{ function: { parameters: { properties: { arguments: { type: 'string' } } } } }] }],
  ['a name', { tools: [{ function: { name: 'arguments' } }] }],
])('the word is no field in %s', (_title, body) => expect(mayHaveCutArguments(bytesOf(body))).toBe(false))

test('what is no JSON is left to the parser', () =>
  expect(mayHaveCutArguments(new Uint8Array(Buffer.from('{"arguments":"{')))).toBe(true))

test('other fields of this name stay', () => {
  const body = { metadata: { arguments: 'x' }, messages: [{ role: 'user', content: 'Go.' }] }
  expect(fix(body)).toEqual({ fixed: body, notes: [] })
})

describe('a text is found if it', () => {
  test.each([
    ['was cut', '{"path":"/a'],
    ['was cut within an escape', '{"path":"/a\\'],
    ['is a list', '[1]'],
    ['is a string', '"x"'],
    ['ends in white space: it is parsed then', '{} '],
  ])('%s', (_title, text) => {
    for (const indent of [undefined, 2]) {
      expect(mayHaveCutArguments(bytesOf(chat('{}', text), indent))).toBe(true)
      expect(mayHaveCutArguments(bytesOf(responses(text), indent))).toBe(true)
    }
  })
})

test('any object that was cut is found and fixed; complete ones are not found', () =>
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.nat(), (value, length) => {
      const text = JSON.stringify(value)
      expect(mayHaveCutArguments(bytesOf(chat(text)))).toBe(false)
      const cut = text.slice(0, 1 + (length % (text.length - 1)))
      const { fixed, notes } = fix(chat(cut))
      expect(notes).toHaveLength(1)
      expect(mayHaveCutArguments(bytesOf(fixed))).toBe(false)
      if (!cut.endsWith('}')) expect(mayHaveCutArguments(bytesOf(chat(cut)))).toBe(true)
    }),
    runs(),
  ))
