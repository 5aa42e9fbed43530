import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { scanIds, scanText, splitTokens, tokenId } from './tokens.ts'
import { runs } from '../../../test/runs.ts'

test.each([
  ['Hello there, friend.', ['Hello', ' there', ',', ' friend', '.']],
  ['extraordinary', ['extraord', 'inary']],
  ['in 12345 days', ['in', ' 123', '45', ' days']],
  ['a  b\n\nc', ['a', ' ', ' b', '\n\n', 'c']],
  ['über 🌊🌊 café', ['ü', 'ber', ' 🌊', '🌊', ' caf', 'é']],
])('%j splits as a tokenizer would', (text, tokens) => {
  expect(splitTokens(text)).toEqual(tokens)
})

const TEXT = fc.string({ unit: 'binary', maxLength: 300 })

test('the tokens of any text are the text, and none is empty or half a character', () => {
  fc.assert(
    fc.property(TEXT, (text) => {
      const tokens = splitTokens(text)
      expect(tokens.join('')).toBe(text)
      expect(tokens.every((token) => token !== '' && token.isWellFormed())).toBe(true)
      expect(scanText(text, 4).tokens).toBe(tokens.length)
      expect(tokens.map(tokenId).every((id) => id >= 0 && id < 128_000)).toBe(true)
    }),
    runs(),
  )
})

test('block keys are equal exactly as far as the texts are', () => {
  const shared = 'The harbour is quiet and the river is old. '.repeat(4)
  const [a, b] = [
    scanText(`${shared}one more thing to say here`, 4),
    scanText(`${shared}two less things to say here`, 4),
  ]
  const common = Math.floor(splitTokens(shared).length / 4)
  const firstDifference = a.blockKeys.findIndex((key, at) => key !== b.blockKeys[at])
  expect([common, common - 1]).toContain(firstDifference)
  expect(a.hash).not.toBe(b.hash)
})

test('token numbers give block keys too', () => {
  const [a, b] = [scanIds([1, 2, 3, 4, 5], 2), scanIds([1, 2, 3, 9], 2)]
  expect([a.tokens, a.blockKeys.length, b.blockKeys.length]).toEqual([5, 2, 2])
  expect([a.blockKeys[0] === b.blockKeys[0], a.blockKeys[1] === b.blockKeys[1]]).toEqual([true, false])
})
