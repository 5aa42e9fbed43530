import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { lastMember } from './tail.ts'
import { runs } from '../../../test/runs.ts'

const encode = (text: string) => new TextEncoder().encode(text)

function lastUsage(text: string): string | undefined {
  const bytes = lastMember(encode(text), 'usage')
  return bytes && new TextDecoder().decode(bytes)
}

test.each([
  ['{"data":[],"usage":{"total_tokens":5}}', '{"total_tokens":5}'],
  ['{"usage" \n: \t {"a":[1,{"b":"}"}]} , "x":1}', '{"a":[1,{"b":"}"}]}'],
  ['{"usage":1,"a":{"usage":2}}', '2'],
  ['{"usage":null}', 'null'],
  ['{"usage":"x\\"y"}', '"x\\"y"'],
  ['{"usage":{"a":1},"b":"usage"}', '{"a":1}'],
  ['{"usage":{"a":1},"b":["usage",":"]}', '{"a":1}'],
  ['{"usage":{"a":1},"b":"\\"usage\\":2"}', '{"a":1}'],
  ['{"usage":{"a":1},"so-called \\"usage":2}', '{"a":1}'],
  ['{"usage":{"a":1},"\\\\\\"usage":2}', '{"a":1}'],
  ['{"usage":{"a":1},"my usage":2,"usages":3}', '{"a":1}'],
  ['{"data":[]}', undefined],
  ['{"data":["usage"]}', undefined],
  ['', undefined],
  ['{"usage":{"a":1', undefined],
  ['{"usage":', undefined],
  ['{"usage":{"a":1]}', undefined],
  [`{"usage":${'['.repeat(10_000)}`, undefined],
])('in %j the last usage is %j', (text, expected) => {
  expect(lastUsage(text)).toBe(expected)
})

test('the value is a view of the same bytes, also when they are a Buffer', () => {
  const bytes = Buffer.from('{"usage":{"a":1}}')
  const value = lastMember(bytes, 'usage')!
  expect(value.buffer).toBe(bytes.buffer)
  expect(Buffer.from(value).toString()).toBe('{"a":1}')
})

test('text inside strings and other names neither hide nor imitate the last member', () => {
  const decoy = fc
    .array(fc.constantFrom('"usage":', '"usage"', '"', '\\', 'usage', ':', '{', ' '))
    .map((parts) => parts.join(''))
  const other = decoy.filter((text) => text !== 'usage')
  const decoys = fc.array(fc.tuple(other, fc.oneof(decoy, fc.array(decoy))))
  fc.assert(
    fc.property(decoys, decoys, fc.jsonValue(), fc.constantFrom(0, 1), (before, after, usage, indent) => {
      const document = Object.fromEntries([
        ['first', 1],
        ...before,
        ['usage', usage],
        ...after.map(([key, value]) => [`_${key}`, value]),
      ])
      const found = lastUsage(JSON.stringify(document, undefined, indent))
      if (!JSON.stringify(usage).includes('"usage"'))
        expect(JSON.stringify(JSON.parse(found!))).toBe(JSON.stringify(usage))
    }),
    runs(),
  )
})
