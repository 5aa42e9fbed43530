import { expect, test } from 'bun:test'
import { Liveness } from './liveness.ts'

const RESULTS = { h: 'hit', m: 'miss', i: 'impossible' } as const

/** `mmh` as a story of checks; after each whether the endpoint is down. */
function story(letters: string): string {
  const liveness = new Liveness()
  return [...letters]
    .map((letter) => {
      liveness.checked(RESULTS[letter as 'h'], 1000, 0)
      return liveness.isDown(0) ? 'D' : '-'
    })
    .join('')
}

test.each([
  ['m', '-'],
  ['mm', '-D'],
  ['mhmhm', '-----'],
  ['mmh', '-DD'],
  ['mmhh', '-DD-'],
  ['mmhmhh', '-DDDD-'],
  ['mmhhm', '-DD--'],
  ['iiii', '----'],
  ['mim', '---'],
  ['mmi', '-D-'],
])('checks %s make it %s', (letters, expected) => expect(story(letters)).toBe(expected))

test('it is down only as long as somebody checks', () => {
  const liveness = new Liveness()
  for (const nowMs of [0, 10]) liveness.checked('miss', 1000, nowMs)
  expect([liveness.isDown(1009), liveness.isDown(1010)]).toEqual([true, false])
})

test('says when it is back', () => {
  const liveness = new Liveness()
  const back = [...'mmhhh'].map((letter) => liveness.checked(RESULTS[letter as 'h'], 1000, 0))
  expect(back).toEqual([false, false, false, true, false])
})
