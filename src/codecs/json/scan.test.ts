import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isUtf8 } from 'node:buffer'
import { JsonScanError, type JsonMember, scanObject } from './scan.ts'
import { runs } from '../../../test/runs.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const scan = (text: string, maxDepth = 64) => scanObject(encode(text), maxDepth)

/** The members, or the JsonScanError; any other error is rethrown. */
function tryScan(bytes: Uint8Array, maxDepth = 64): JsonMember[] | JsonScanError {
  try {
    return scanObject(bytes, maxDepth)
  } catch (thrown) {
    if (thrown instanceof JsonScanError) return thrown
    throw thrown
  }
}

const slices = (bytes: Uint8Array) =>
  scanObject(bytes, 64).map(({ key, start, end }) => [key, decode(bytes.subarray(start, end))])

test.each([
  ['{}', []],
  [' \t\r\n{ \n} \n', []],
  ['{"a":1}', [['a', 'number', '1', false]]],
  ['{"mod\\u0065l":"x"}', [['model', 'string', '"x"', false]]],
  ['{"é\\n\\ud83d\\ude00":true}', [['é\n😀', 'boolean', 'true', false]]],
  [
    '{"":null,"__proto__":false}',
    [
      ['', 'null', 'null', false],
      ['__proto__', 'boolean', 'false', false],
    ],
  ],
  [
    '{"a" : [ ] , "b" : { } , "c" : ""}',
    [
      ['a', 'array', '[ ]', true],
      ['b', 'object', '{ }', true],
      ['c', 'string', '""', true],
    ],
  ],
  [
    '{"a":[""],"b":" "}',
    [
      ['a', 'array', '[""]', false],
      ['b', 'string', '" "', false],
    ],
  ],
  [
    '{"n":-0.5e+10,"s":"]}\\"{["}',
    [
      ['n', 'number', '-0.5e+10', false],
      ['s', 'string', '"]}\\"{["', false],
    ],
  ],
  [
    '{"deep":[{"a":[{"b":"}"}]}],"next":0}',
    [
      ['deep', 'array', '[{"a":[{"b":"}"}]}]', false],
      ['next', 'number', '0', false],
    ],
  ],
] as const)('%j has the members it should', (text, expected) => {
  const bytes = encode(text)
  const members = scanObject(bytes, 64)
  const found = members.map(({ key, type, start, end, empty }) => [
    key,
    type,
    decode(bytes.subarray(start, end)),
    empty,
  ])
  expect(found).toEqual(expected as unknown as typeof found)
})

test.each([
  ['', 'empty', 0],
  [' \n ', 'empty', 3],
  ['[1]', 'not_object', 0],
  [' "text"', 'not_object', 1],
  ['-1', 'not_object', 0],
  ['null', 'not_object', 0],
  ['model=x', 'syntax', 0],
  ['\ufeff{}', 'syntax', 0],
  ['{', 'syntax', 1],
  ['{"a":1', 'syntax', 6],
  ['{"a":1,}', 'syntax', 7],
  ['{,"a":1}', 'syntax', 1],
  ['{"a":1 "b":2}', 'syntax', 7],
  ['{"a" 1}', 'syntax', 5],
  ['{"a":}', 'syntax', 5],
  ['{a:1}', 'syntax', 1],
  ["{'a':1}", 'syntax', 1],
  ['{}{}', 'syntax', 2],
  ['{} x', 'syntax', 3],
  ['{"a":1}\0', 'syntax', 7],
  ['{"a":"b}', 'syntax', 8],
  ['{"a":"b\\"}', 'syntax', 10],
  ['{"a":[1}', 'syntax', 7],
  ['{"a":{"b":1]}', 'syntax', 11],
  ['{"a":[[1]', 'syntax', 9],
  ['{"a":tru}', 'syntax', 8],
  ['{"a":nulll}', 'syntax', 9],
  ['{"a":01}', 'syntax', 6],
  ['{"a":1.}', 'syntax', 7],
  ['{"a":.5}', 'syntax', 5],
  ['{"a":+5}', 'syntax', 5],
  ['{"a":-}', 'syntax', 6],
  ['{"a":1e}', 'syntax', 7],
  ['{"a":NaN}', 'syntax', 5],
  ['{"a":"\n"}', 'syntax', 6],
  ['{"a":"\\x"}', 'syntax', 7],
  ['{"a":"\\u00g0"}', 'syntax', 10],
  ['{"a":1,"a":2}', 'duplicate_key', 7],
  ['{"a":1,"\\u0061":2}', 'duplicate_key', 7],
] as const)('%j is rejected as %s at byte %d', (text, reason, offset) => {
  expect(tryScan(encode(text))).toMatchObject({ reason, offset })
})

test.each([
  [[0xff, 0xfe, 0x7b, 0x00], 'not_utf8', 0],
  [[0x7b, 0x00], 'syntax', 1],
  [[0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d], 'not_utf8', 1],
] as const)('the bytes %j are rejected as %s at byte %d', (bytes, reason, offset) => {
  expect(tryScan(new Uint8Array(bytes))).toMatchObject({ reason, offset })
})

test('a message names what was expected, what was found and where, and quotes at most one character', () => {
  expect((tryScan(encode('{"a":1 secret}')) as Error).message).toBe("Expected ',' or '}' but found 's' at byte 7")
  expect((tryScan(encode('{"a":"\t"}')) as Error).message).toBe(
    'Expected the end of a string but found the byte 0x09 at byte 6',
  )
  expect((tryScan(encode('\ufeff{}')) as Error).message).toStartWith('Expected an object without a byte order mark but')
  const long = `{"${'k'.repeat(5000)}":1,"${'k'.repeat(5000)}":2}`
  expect((tryScan(encode(long)) as Error).message.length).toBeLessThan(100)
})

test('the object is level 1, and one level more than allowed is too deep', () => {
  expect(scan('{"a":[[1]]}', 3)).toHaveLength(1)
  expect(tryScan(encode('{"a":[[1]]}'), 2)).toMatchObject({ reason: 'too_deep', offset: 6 })
  expect(tryScan(encode('{}'), 0)).toMatchObject({ reason: 'too_deep' })
})

test('at most 1000 members are accepted', () => {
  const members = (count: number) => Buffer.from(`{${Array.from({ length: count }, (_, at) => `"${at}":1`).join()}}`)
  expect(scanObject(members(1000), 10)).toHaveLength(1000)
  expect(() => scanObject(members(1001), 10)).toThrow('More than 1000 members')
})

test.each([64, 1e9])('10,000 levels are too deep even if %d are allowed', (maxDepth) => {
  const text = `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`
  expect(tryScan(encode(text), maxDepth)).toMatchObject({ reason: 'too_deep' })
})

test('a view into a larger buffer and a Buffer are read like other bytes', () => {
  const whole = encode('"""{"a":"b"}"""')
  const view = whole.subarray(3, whole.length - 3)
  expect(slices(view)).toEqual([['a', '"b"']])
  expect(slices(Buffer.from(view))).toEqual([['a', '"b"']])
})

const WHITE = ['', '', ' ', '\n', '\t \r\n']

/** JSON written as `picks` choose: white space and escapes vary, the value does not. */
function write(value: unknown, pick: () => number): string {
  const gap = () => WHITE[pick() % WHITE.length]!
  const list = (open: string, parts: readonly string[], close: string) =>
    open + gap() + parts.map((part) => gap() + part + gap()).join(',') + close
  const name = (key: string) => writeString(key, pick) + gap() + ':' + gap()
  if (typeof value === 'string') return writeString(value, pick)
  if (Array.isArray(value))
    return list(
      '[',
      value.map((item) => write(item, pick)),
      ']',
    )
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return list(
    '{',
    Object.entries(value).map(([key, item]) => name(key) + write(item, pick)),
    '}',
  )
}

const hex = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
const writeString = (text: string, pick: () => number) =>
  `"${[...text].map((char) => (pick() % 4 === 0 ? char.split('').map(hex).join('') : JSON.stringify(char).slice(1, -1))).join('')}"`

const picker = fc.infiniteStream(fc.nat(99)).map((stream) => () => stream.next().value)
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('\\', '"', '\\"', 'a', 'ab'.repeat(30), ' '.repeat(64), '{[', '}]', 'é'))
    .map((parts) => parts.join('')),
)
const json = fc.oneof(text, fc.jsonValue({ stringUnit: 'binary' }), fc.array(text))
const members = fc.uniqueArray(fc.tuple(fc.oneof(text, fc.constantFrom('model', '__proto__', '0')), json), {
  selector: ([key]) => key.toWellFormed(),
})
const scalarMembers = fc.uniqueArray(
  fc.tuple(
    fc.string(),
    fc.oneof(
      fc.string({ maxLength: 20, unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
  ),
  { selector: ([key]) => key },
)

const writeObject = (entries: readonly (readonly [string, unknown])[], pick: () => number) =>
  `{${entries.map(([key, value]) => WHITE[pick() % 5] + writeString(key, pick) + WHITE[pick() % 5] + ':' + WHITE[pick() % 5] + write(value, pick) + WHITE[pick() % 5]).join(',')}}`

const typeOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

test('names, types and values of any object are the same as with JSON.parse', () => {
  fc.assert(
    fc.property(members, picker, (entries, pick) => {
      const bytes = encode(writeObject(entries, pick))
      const found = scanObject(bytes, 64)
      expect(found.map(({ key, type }) => [key, type])).toEqual(entries.map(([key, value]) => [key, typeOf(value)]))
      const values = found.map(({ start, end }) => JSON.stringify(JSON.parse(decode(bytes.subarray(start, end)))))
      expect(values).toEqual(entries.map(([, value]) => JSON.stringify(value)))
      expect(found.map(({ empty }) => empty)).toEqual(
        entries.map(([, value]) => ['{}', '[]', '""'].includes(JSON.stringify(value))),
      )
    }),
    runs(),
  )
})

const mutation = fc.record({
  kind: fc.constantFrom('cut', 'set', 'drop', 'add', 'swap'),
  at: fc.nat(),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(...encode('"\\{}[],:0e-tn '))),
})

function mutate(
  bytes: Uint8Array,
  { kind, at: seed, byte }: typeof mutation extends fc.Arbitrary<infer T> ? T : never,
): Uint8Array {
  const at = seed % (bytes.length + 1)
  if (kind === 'cut') return bytes.slice(0, at)
  const rest = bytes.subarray(kind === 'add' ? at : at + 1)
  return new Uint8Array([...bytes.subarray(0, at), ...(kind === 'drop' ? [] : [byte]), ...rest])
}

const mutated = (entries: typeof members | typeof scalarMembers) =>
  fc
    .tuple(entries, picker, fc.array(mutation, { maxLength: 4 }))
    .map(([list, pick, mutations]) => mutations.reduce(mutate, encode(writeObject(list, pick))))

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decode(bytes))
  } catch {
    return undefined
  }
}

test('damaged bytes give members or a JsonScanError with an offset inside them, and no valid JSON is rejected', () => {
  fc.assert(
    fc.property(fc.oneof(mutated(members), fc.uint8Array()), (bytes) => {
      const found = tryScan(bytes)
      if (!(found instanceof JsonScanError)) return
      expect(found.offset).toBeWithin(0, bytes.length + 1)
      const value = isUtf8(bytes) ? parse(bytes) : undefined
      if (found.reason !== 'duplicate_key') expect(typeOf(value)).not.toBe('object')
    }),
    runs(),
  )
})

test('a flat object with short strings is accepted only if JSON.parse accepts it, and with the same names', () => {
  fc.assert(
    fc.property(mutated(scalarMembers), (bytes) => {
      const found = tryScan(bytes)
      if (found instanceof JsonScanError || !isUtf8(bytes)) return
      if (found.some(({ type, start, end }) => type === 'object' || type === 'array' || end - start > 64)) return
      expect(Object.keys(JSON.parse(decode(bytes)) as object).toSorted()).toEqual(
        found.map(({ key }) => key).toSorted(),
      )
    }),
    runs(),
  )
})
