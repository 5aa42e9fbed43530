import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Answer, type AnswerLimits, fixedAnswer, mixSeed, proseAnswer } from './answer.ts'
import { runs } from '../../../test/runs.ts'

const limits = (changes: Partial<AnswerLimits> = {}): AnswerLimits => ({
  maxTokens: 1000,
  minTokens: 0,
  endless: false,
  stop: [],
  keepStop: false,
  ...changes,
})
const text = (answer: Answer) => answer.pieces.join('')
const SEED = fc.integer({ min: 0, max: 2 ** 32 - 1 })

test('a seed has one text, of 20 to 130 tokens, that ends with a sentence', () => {
  fc.assert(
    fc.property(SEED, (seed) => {
      const answer = proseAnswer(seed, '', limits())
      expect(text(answer)).toBe(text(proseAnswer(seed, '', limits())))
      expect(text(answer)).toMatch(/^[A-Z][^]+\.$/)
      expect(answer.finishReason).toBe('stop')
      expect(answer.pieces.length).toBeGreaterThanOrEqual(20)
      expect(answer.pieces.length).toBeLessThan(130)
    }),
    runs(),
  )
})

test('a text interrupted at any position is continued with its rest', () => {
  fc.assert(
    fc.property(SEED, fc.nat(600), fc.integer({ min: 1, max: 60 }), (seed, at, cap) => {
      const whole = text(proseAnswer(seed, '', limits()))
      const partial = whole.slice(0, at)
      expect(partial + text(proseAnswer(seed, partial, limits()))).toBe(whole)
      expect(whole.startsWith(partial + text(proseAnswer(seed, partial, limits({ maxTokens: cap }))))).toBe(true)
    }),
    runs(),
  )
})

test('a beginning that is not from the model is continued with another text', () => {
  expect(text(proseAnswer(7, 'Foreign words', limits()))).not.toBe(text(proseAnswer(7, '', limits())))
})

test('the token limit cuts a text without changing it', () => {
  const [short, long] = [5, 30].map((maxTokens) => proseAnswer(3, '', limits({ maxTokens, endless: true })))
  expect([short!.pieces.length, long!.pieces.length, short!.finishReason]).toEqual([5, 30, 'length'])
  expect(text(long!).startsWith(text(short!))).toBe(true)
})

test('a token limit exactly at the end does not cut', () => {
  const length = proseAnswer(3, '', limits()).pieces.length
  expect(proseAnswer(3, '', limits({ maxTokens: length })).finishReason).toBe('stop')
})

test('minTokens makes a text longer', () => {
  expect(proseAnswer(3, '', limits({ minTokens: 400 })).pieces.length).toBeGreaterThanOrEqual(400)
})

test('minTokens counts the new tokens when a text is continued', () => {
  const partial = text(proseAnswer(3, '', limits({ maxTokens: 300, endless: true })))
  const rest = proseAnswer(3, partial, limits({ minTokens: 200 }))
  expect(rest.pieces.length).toBeGreaterThanOrEqual(200)
  expect(
    text(proseAnswer(3, '', limits({ maxTokens: 400, endless: true }))).startsWith(partial + text(rest).slice(0, 99)),
  ).toBe(true)
})

test.each([
  [['two thr'], false, 'one ', 3],
  [['two thr'], true, 'one two thr', 3],
  [['four', 'o'], false, '', 1],
  [['absent'], false, 'one two three four', 4],
  [['four'], false, 'one two three ', 4],
])('stop %j (kept: %p) leaves %j, over %i tokens', (stop, keepStop, left, tokens) => {
  const answer = fixedAnswer('one two three four', '', limits({ stop, keepStop }))
  expect([text(answer), answer.pieces.length]).toEqual([left, tokens])
})

test('a stop string beyond the token limit has no effect', () => {
  const answer = fixedAnswer('one two three', '', limits({ stop: ['three'], maxTokens: 2 }))
  expect([text(answer), answer.finishReason, answer.stopReason]).toEqual(['one two', 'length', null])
})

test('different pairs of seeds give different seeds', () => {
  const mixed = Array.from({ length: 200 }, (_, at) => mixSeed(2 ** 40 + at, at % 7))
  expect(new Set(mixed).size).toBe(200)
})
