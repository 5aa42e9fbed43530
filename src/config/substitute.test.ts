import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { maskSubstitutions, retype, substitute, unmaskSubstitutions } from './substitute.ts'
import { runs } from '../../test/runs.ts'

const environment = { HOST: 'a.example', EMPTY: '', ODD: 'x${HOST}$${', UNSET: undefined }

test.each([
  ['plain', 'plain', false],
  ['${HOST}', 'a.example', true],
  ['http://${HOST}:80', 'http://a.example:80', false],
  ['${HOST}${HOST}', 'a.examplea.example', false],
  ['${NOPE:-fallback}', 'fallback', true],
  ['${NOPE:-}', '', true],
  ['${EMPTY:-fallback}', 'fallback', true],
  ['${EMPTY}', '', true],
  ['${HOST:-fallback}', 'a.example', true],
  ['${NOPE:-http://x:1/#y,[z]}', 'http://x:1/#y,[z]', true],
  ['os.environ/HOST', 'a.example', true],
  ['see os.environ/HOST', 'see os.environ/HOST', false],
  ['$${HOST}', '${HOST}', false],
  ['$HOST costs $5', '$HOST costs $5', false],
  ['${ODD}', 'x${HOST}$${', true],
] as const)('%j becomes %j', (text, expected, whole) => {
  expect(substitute(text, environment)).toMatchObject({ text: expected, whole, problems: [] })
})

test.each([
  ['${NOPE}', 'variable NOPE'],
  ['${UNSET}', 'variable UNSET'],
  ['${constructor}', 'variable constructor'],
  ['os.environ/NOPE', 'variable NOPE'],
  ['os.environ/', 'is not a valid reference'],
  ['os.environ/A B', 'is not a valid reference'],
  ['${', 'incomplete'],
  ['${}', 'incomplete'],
  ['${1A}', 'incomplete'],
  ['${A-b}', 'incomplete'],
  ['${A:-${B}}', 'incomplete'],
  ['x ${HOST', 'incomplete'],
])('%j is rejected', (text, reason) => {
  expect(substitute(text, environment).problems).toEqual([expect.stringContaining(reason)])
})

test.each([
  ['8080', 8080],
  ['-1.5e3', -1500],
  ['true', true],
  ['FALSE', false],
  ['null', null],
  ['~', null],
  ['', ''],
  ['8080 ', '8080 '],
  ['1.2.3', '1.2.3'],
  ['# x', '# x'],
  ['[a]', '[a]'],
  ['yes', 'yes'],
] as const)('the environment value %j is %p in YAML', (text, value) => expect(retype(text)).toBe(value))

const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/)

test('a value arrives exactly as the environment holds it, whatever is in it', () => {
  fc.assert(
    fc.property(name, fc.string(), fc.string(), fc.string(), (name, value, before, after) => {
      const escape = (text: string) => text.replaceAll('$', '').replace(/^os\./, '')
      const text = `${escape(before)}\${${name}}${escape(after)}`
      expect(substitute(text, { [name]: value }).text).toBe(escape(before) + value + escape(after))
    }),
    runs(),
  )
})

test('escaped text arrives as it was before it was escaped', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('${', '$', '{', '}', 'A', ':-', 'x')), (pieces) => {
      const text = pieces.join('')
      fc.pre(!text.includes('$${') && !text.startsWith('os.'))
      expect(
        substitute(
          text.replaceAll('${', () => '$${'),
          {},
        ).text,
      ).toBe(text)
    }),
    runs(),
  )
})

test('masking keeps the length, and unmasking undoes it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('${A}', '${B:-c, d}', '{', '}', ' # ', 'k: ', '"', '\n', '$')), (pieces) => {
      const text = pieces.join('')
      const masked = maskSubstitutions(text)
      expect(masked).toHaveLength(text.length)
      expect(unmaskSubstitutions(masked)).toBe(text)
    }),
    runs(),
  )
})
