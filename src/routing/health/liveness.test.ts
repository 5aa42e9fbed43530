import { expect, test } from 'bun:test'
import { Liveness } from './liveness.ts'

const RESULTS = { h: 'hit', m: 'miss', i: 'impossible' } as const

/** Applies checks such as `mmh`; returns after each whether the endpoint is down. */
function statesAfter(letters: string): string {
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
])('checks %s give states %s', (letters, expected) => expect(statesAfter(letters)).toBe(expected))

test('down expires if checks stop', () => {
  const liveness = new Liveness()
  for (const nowMs of [0, 10]) liveness.checked('miss', 1000, nowMs)
  expect([liveness.isDown(1009), liveness.isDown(1010)]).toEqual([true, false])
})

test('checked() returns true when the endpoint recovers', () => {
  const liveness = new Liveness()
  const recovered = [...'mmhhh'].map((letter) => liveness.checked(RESULTS[letter as 'h'], 1000, 0))
  expect(recovered).toEqual([false, false, false, true, false])
})
