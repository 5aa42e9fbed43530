import { expect, test } from 'bun:test'
import { FinishedChoices } from './finished-choices.ts'

const chunk = (...choices: readonly (readonly [index: number, finish: string | null])[]) =>
  `data: ${JSON.stringify({ choices: choices.map(([index, finish_reason]) => ({ index, finish_reason })) })}\n\n`

test.each<[string, string[], boolean]>([
  ['no event has arrived', [], false],
  ['none has finished', [chunk([0, null]), chunk([1, null])], false],
  ['one has finished', [chunk([0, 'stop']), chunk([1, null])], false],
  ['one has finished, twice', [chunk([0, 'stop']), chunk([0, 'stop'])], false],
  ['one has an empty reason, which does not count', [chunk([0, 'stop']), chunk([1, ''])], false],
  ['both have finished', [chunk([1, 'length']), chunk([0, null]), chunk([0, 'stop'])], true],
  ['both have finished at once', [chunk([0, 'stop'], [1, 'stop'])], true],
  [
    'both have finished, with text between',
    [`${chunk([0, 'stop'])}: wait\n\ndata: "finish_reason"\n\n${chunk([1, 'stop'])}data: [DONE]\n\n`],
    true,
  ],
  ['the list is null', ['data: {"choices":null,"finish_reason":"stop"}\n\n'], false],
])('of two choices, %s', (_title, events, expected) => {
  const finished = new FinishedChoices(2)
  for (const event of events) finished.observe(Buffer.from(event))
  expect(finished.isComplete).toBe(expected)
})
