// A stream against the reference.
import type { ExpectedAnswer, ExpectedReply } from '../src/sim/expected.ts'
import { checkUsage } from './check-usage.ts'
import { checkRefusal } from './check-whole.ts'
import { errorCodeOf } from './error-envelope.ts'
import { type FoldedChoice, type FoldedStream, foldStream } from './stream-fold.ts'
import { difference, type Heard, insist, type Verdict } from './verdict.ts'

export function checkStream(expected: ExpectedReply, wantsUsage: boolean, heard: Heard): Verdict {
  if (heard.status !== 200) return heard.isComplete ? checkRefusal(heard) : { type: 'beginning' }
  insist(heard.contentType.startsWith('text/event-stream'), `content-type ${heard.contentType}`)
  const stream = foldStream(heard.body, heard.isComplete)
  for (const [index, choice] of stream.choices) checkBeginning(expected.answers[index], choice)
  if (!heard.isComplete) return { type: 'beginning' }
  insist(stream.hasDone, 'it ended without [DONE]')
  if (stream.failure !== undefined) {
    insist(!isFinished(expected, wantsUsage, stream), 'an error after everything was said')
    return { type: 'error', code: errorCodeOf(stream.failure) }
  }
  checkEnd(expected, wantsUsage, stream)
  return { type: 'exact' }
}

/** What has been said so far must be the beginning of what should be said. */
function checkBeginning(expected: ExpectedAnswer | undefined, { text, calls }: FoldedChoice): void {
  insist(expected !== undefined, 'a choice too many')
  insist(expected.text.startsWith(text), `wrong text: ${difference(expected.text, text)}`)
  calls.forEach((call, at) => {
    const wanted = expected.calls[at]
    const isBeginning = wanted?.name === call.name && wanted.arguments.startsWith(call.arguments)
    insist(isBeginning, `wrong tool call: ${JSON.stringify(call).slice(0, 120)}`)
  })
}

const isFinished = ({ answers }: ExpectedReply, wantsUsage: boolean, { choices, usages }: FoldedStream): boolean =>
  answers.every((_, index) => choices.get(index)?.finish !== undefined) && (usages.length > 0 || !wantsUsage)

function checkEnd(expected: ExpectedReply, wantsUsage: boolean, { choices, usages }: FoldedStream): void {
  expected.answers.forEach((answer, index) => {
    const choice = choices.get(index)
    insist(choice?.finish !== undefined, 'no finish reason and no error')
    insist(choice.text === answer.text, `cut with a finish: ${difference(answer.text, choice.text)}`)
    insist(choice.finish === answer.finishReason, `finish ${choice.finish} instead of ${answer.finishReason}`)
    insist(Bun.deepEquals(choice.calls, answer.calls), 'tool calls cut with a finish')
  })
  insist(usages.length === (wantsUsage ? 1 : 0), `usage was said ${usages.length} times`)
  if (wantsUsage) checkUsage(expected, usages[0])
}
