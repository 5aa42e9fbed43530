import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { GatewayError } from '../../errors.ts'
import { splice } from '../json/splice.ts'
import { boundaryOf, formType, isFormType } from './boundary.ts'
import { setField } from './edit-form.ts'
import { readForm } from './read-form.ts'
import { runs } from '../../../test/runs.ts'

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const part = (headers: string, value: string) => `--b\r\n${headers}\r\n\r\n${value}\r\n`
const field = (name: string, value: string) => part(`Content-Disposition: form-data; name="${name}"`, value)
const form = (...parts: string[]) => `${parts.join('')}--b--\r\n`

/** The fields of a form as text. */
const fieldsOf = (bytes: Uint8Array, boundary = 'b') =>
  readForm(bytes, boundary).parts.map(({ name, start, end }) => [
    name,
    Buffer.from(bytes.subarray(start, end)).toString('latin1'),
  ])

describe('an accepted form', () => {
  test.each<[string, string, [string, string][]]>([
    [
      'two fields',
      form(field('model', 'm'), field('n', '1')),
      [
        ['model', 'm'],
        ['n', '1'],
      ],
    ],
    ['no field', '--b--', []],
    ['an empty value', form(field('model', '')), [['model', '']]],
    ['a value with line ends and dashes', form(field('f', '\r\n--\r\n--a\n--')), [['f', '\r\n--\r\n--a\n--']]],
    [
      'a form with another boundary inside',
      form(field('f', '--c\r\n\r\nx\r\n--c--')),
      [['f', '--c\r\n\r\nx\r\n--c--']],
    ],
    ['spaces after a boundary', '--b \t\r\ncontent-disposition: form-data; name=x\r\n\r\n1\r\n--b--', [['x', '1']]],
    ['a leading line end', `\r\n${form(field('x', '1'))}`, [['x', '1']]],
    [
      'a file',
      form(part('content-disposition: form-data; name="file"; filename="a;b.mp3"\r\ncontent-type: audio/mpeg', '\0ÿ')),
      [['file', '\0ÿ']],
    ],
    [
      'the same name twice',
      form(field('image[]', 'a'), field('image[]', 'b')),
      [
        ['image[]', 'a'],
        ['image[]', 'b'],
      ],
    ],
  ])('%s', (_title, text, expected) => expect(fieldsOf(bytesOf(text))).toEqual(expected))

  test.each<[string, string, boolean, boolean]>([
    ['a field', 'Content-Disposition: form-data; name="x"', false, true],
    ['a file', 'Content-Disposition: form-data; name="x"; filename="a"', true, true],
    ['a file without a name', 'Content-Disposition: form-data; name="x"; filename=""', true, true],
    ['a file with an encoded name', "Content-Disposition: form-data; name=x; filename*=UTF-8''a", true, true],
    [
      'a field in base64',
      'Content-Disposition: FORM-DATA; name="x"\r\nContent-Transfer-Encoding: base64',
      false,
      false,
    ],
    ['a field in 8 bits', 'Content-Disposition: form-data; name="x"\r\ncontent-transfer-encoding: 8bit', false, true],
  ])('%s is recognized', (_title, headers, isFile, isPlain) =>
    expect(readForm(bytesOf(form(part(headers, '1'))), 'b').parts[0]).toMatchObject({ name: 'x', isFile, isPlain }),
  )
})

const DISPOSITION = 'content-disposition: form-data; name="x"'

describe('a rejected form', () => {
  test.each<[string, string, string]>([
    ['an empty body', '', 'has no part with the boundary'],
    ['another boundary', '--c\r\n\r\n--c--', 'has no part with the boundary'],
    ['text before the form', `hello\r\n${form(field('x', '1'))}`, 'does not begin with'],
    ['no end', field('x', '1'), 'ends in the middle'],
    ['a truncated value', `--b\r\n${DISPOSITION}\r\n\r\nabc`, 'ends in the middle'],
    ['truncated headers', '--b\r\ncontent-dis', 'ends in the middle'],
    ['a truncated end', `${field('x', '1')}--b-`, 'text after a boundary'],
    ['text after the end', `${form(field('x', '1'))}x`, 'has data after its closing boundary'],
    [
      'a second form after the end',
      form(field('x', '1')) + form(field('model', 'other')),
      'has data after its closing boundary',
    ],
    ['no blank line', `--b\r\n${DISPOSITION}\r\n--b--`, 'ends in the middle'],
    ['a boundary after a bare line feed', form(field('x', `1\n--b\r\n${DISPOSITION}\r\n\r\n2`)), 'inside a part'],
    ['a boundary in the middle of a line', form(field('x', '1 --b 2')), 'inside a part'],
    ['a longer boundary', form(field('x', '1\r\n--bb\r\n2')), 'text after a boundary'],
    ['a boundary in a header', form(part('content-disposition: form-data; name="--b"', '1')), 'inside a part'],
    ['a boundary before a bare line feed', `--b\n${DISPOSITION}\n\n1\n--b--`, 'text after a boundary'],
    ['no headers', '--b\r\n\r\n1\r\n--b--', 'ends in the middle'],
    ['no disposition', form(part('content-type: text/plain', '1')), 'no content-disposition'],
    ['two dispositions', form(part(`${DISPOSITION}\r\nContent-Disposition: form-data; name="y"`, '1')), 'two headers'],
    ['another disposition', form(part('content-disposition: attachment; name="x"', '1')), 'not form-data'],
    ['no name', form(part('content-disposition: form-data', '1')), 'no name'],
    ['two names', form(part(`${DISPOSITION}; NAME=y`, '1')), 'two parameters "name"'],
    [
      'a name encoded as in mail',
      form(part("content-disposition: form-data; name=x; name*=UTF-8''model", '1')),
      '"name*"',
    ],
    [
      'a name without a closing quote',
      form(part('content-disposition: form-data; name="x', '1')),
      'invalid content-disposition',
    ],
    [
      'a quote after a backslash',
      form(part('content-disposition: form-data; name="x\\"; name=\\"model"', '1')),
      'backslash',
    ],
    ['a folded header', form(part('content-disposition: form-data;\r\n name="x"', '1')), 'an invalid header line'],
    ['a bare line feed in a header', form(part(`${DISPOSITION}\nx: y`, '1')), 'an invalid header line'],
    ['a NUL in a header', form(part(`${DISPOSITION}\r\nx: \0`, '1')), 'an invalid header line'],
    ['headers that do not end', form(part(`${DISPOSITION}\r\nx: ${'y'.repeat(9000)}`, '1')), 'more than 8192 bytes'],
    ['10,000 parts', form(field('x', '1').repeat(10_000)), 'more than 1000 parts'],
  ])('%s', (_title, text, message) => {
    expect(() => readForm(bytesOf(text), 'b')).toThrow(message)
    expect(() => readForm(bytesOf(text), 'b')).toThrow(GatewayError)
  })

  const whole = form(field('model', 'whisper-1'), part(`${DISPOSITION}; filename="a"`, 'abc'))
  test('a form truncated anywhere before its last line end', () => {
    for (let length = 0; length < whole.length - 2; length++)
      expect(() => readForm(bytesOf(whole.slice(0, length)), 'b')).toThrow(GatewayError)
  })
})

describe('a content type', () => {
  test.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data; charset=utf-8; Boundary="a b:c"', 'a b:c'],
    ['multipart/form-data;boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW', '----WebKitFormBoundary7MA4YWxkTrZu0gW'],
  ])('%s has the boundary %s', (type, boundary) => {
    expect(isFormType(type)).toBe(true)
    expect(boundaryOf(type)).toBe(boundary)
    expect(boundaryOf(formType(boundary))).toBe(boundary)
  })

  test.each([
    ['multipart/form-data', 'no boundary'],
    ['multipart/form-data; boundary=', 'no boundary'],
    ['multipart/form-data; boundary=""', 'invalid boundary'],
    ['multipart/form-data; boundary="a "', 'invalid boundary'],
    [`multipart/form-data; boundary=${'a'.repeat(71)}`, 'invalid boundary'],
    ['multipart/form-data; boundary=a; boundary=b', 'several'],
    ['multipart/form-data; boundary=ä', 'invalid boundary'],
  ])('%s is rejected', (type, message) => expect(() => boundaryOf(type)).toThrow(message))

  test.each([null, 'application/json', 'multipart/mixed; boundary=b', 'multipart/form-dataset'])(
    '%s is not a form',
    (type) => expect(isFormType(type)).toBe(false),
  )
})

/** Arbitrary bytes with many line ends and dashes that do not contain the boundary. */
const value = fc
  .oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string({ unit: fc.constantFrom('\r', '\n', '-', 'b', 'x', '\0'), maxLength: 40 }).map(bytesOf),
  )
  .map((bytes) => Buffer.from(bytes))
  .filter((bytes) => !bytes.includes('--bound') && !bytes.includes('-bound'))
const entry = fc.record({ name: fc.stringMatching(/^[a-z_[\]]{1,12}$/), isFile: fc.boolean(), value })

const written = (entries: readonly { name: string; isFile: boolean; value: Buffer }[]) =>
  new Uint8Array(
    Buffer.concat([
      ...entries.flatMap((each) => [
        Buffer.from(
          `--bound\r\ncontent-disposition: form-data; name="${each.name}"${each.isFile ? '; filename="f"' : ''}\r\n\r\n`,
        ),
        each.value,
        Buffer.from('\r\n'),
      ]),
      Buffer.from('--bound--\r\n'),
    ]),
  )

const read = (bytes: Uint8Array) =>
  readForm(bytes, 'bound').parts.map(({ name, isFile, start, end }) => ({
    name,
    isFile,
    value: Buffer.from(bytes.subarray(start, end)),
  }))

test('any values that are written are read back', () =>
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), (entries) => expect(read(written(entries))).toEqual(entries)),
    runs(),
  ))

test('the runtime reads the same values', async () => {
  const files = entry.map((each) => ({ ...each, isFile: true }))
  await fc.assert(
    fc.asyncProperty(fc.array(files, { minLength: 1, maxLength: 5 }), async (entries) => {
      const response = new Response(written(entries), { headers: { 'content-type': formType('bound') } })
      const theirs = [...(await response.formData()).entries()] as [string, Blob][]
      const bytes = await Promise.all(theirs.map(async ([name, blob]) => [name, Buffer.from(await blob.arrayBuffer())]))
      expect(bytes).toEqual(entries.map(({ name, value: own }) => [name, own]))
    }),
    runs(50),
  )
})

test('setting a field changes no other', () =>
  fc.assert(
    fc.property(fc.uniqueArray(entry, { maxLength: 6, selector: ({ name }) => name }), (entries) => {
      const bytes = written(entries)
      const set = splice(bytes, [setField(readForm(bytes, 'bound'), 'model', 'whisper-1')])
      const others = (list: ReturnType<typeof read>) => list.filter(({ name }) => name !== 'model')
      expect(others(read(set))).toEqual(others(entries))
      expect(
        read(set)
          .find(({ name }) => name === 'model')!
          .value.toString(),
      ).toBe('whisper-1')
    }),
    runs(),
  ))

test('a missing model is added also after a leading line end', () => {
  const bytes = bytesOf(`\r\n${form(field('x', '1'))}`)
  const set = splice(bytes, [setField(readForm(bytes, 'b'), 'model', 'm')])
  expect(fieldsOf(set)).toEqual([
    ['model', 'm'],
    ['x', '1'],
  ])
})

test('arbitrary bytes are read or rejected', () =>
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('--b', '\r\n', '\r\n\r\n', '--', DISPOSITION, 'x', '\n', ' ', ':'), { maxLength: 20 }),
      (pieces) => {
        const bytes = bytesOf(pieces.join(''))
        try {
          let before = 0
          for (const { start, end } of readForm(bytes, 'b').parts) {
            expect(start >= before && end >= start && end <= bytes.length).toBe(true)
            before = end
          }
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(GatewayError)
        }
      },
    ),
    runs(),
  ))
