import { describe, expect, test } from 'bun:test'
import { headerSecret, secret } from './secret.ts'

const problemOf = (schema: typeof secret | typeof headerSecret, text: string) =>
  schema
    .safeParse(text)
    .error?.issues.map(({ message }) => message)
    .join()

describe.each([
  ['in a header', headerSecret],
  ['elsewhere', secret],
])('a secret %s', (_, schema) => {
  test.each([
    [' sk-1\n', 'sk-1'],
    ['\tBasic abc== ', 'Basic abc=='],
    ['!~', '!~'],
  ])('%j: spaces around it are removed', (text, value) => {
    expect(schema.parse(text)).toBe(value)
  })

  test.each(['', ' ', '\n\t '])('%j is empty', (text) => {
    expect(problemOf(schema, text)).toMatch(/^is empty; enter a value/)
  })

  test.each(['a\nb', 'a\u0000b', 'a\u007fb', 'a\r\nx-other: b'])('%j has a control character', (text) => {
    expect(problemOf(schema, text)).toBe('contains a control character, which is not allowed in a header')
  })
})

test.each([
  ['\u200b', 'a zero-width space (U+200B)'],
  ['\u201c', 'a curly quote (U+201C)'],
  ['\u2019', 'a curly quote (U+2019)'],
  ['\u00a0', 'a no-break space (U+00A0)'],
  ['\u2014', 'a long dash (U+2014)'],
  ['é', 'the character U+00E9'],
  ['\u{1f511}', 'the character U+1F511'],
  ['\ud800', 'the character U+D800'],
])('%j cannot be sent in a header, and the message names it', (character, name) => {
  expect(problemOf(headerSecret, `a${character}b`)).toBe(
    `contains ${name}, which a header cannot carry; allowed: visible ASCII characters`,
  )
  expect(problemOf(secret, `a${character}b`)).toBeUndefined()
})
