// Compares a stream with the expected response.
import type { ExpectedAnswer, ExpectedReply } from '../src/sim/expected.ts'
import { checkUsage } from './check-usage.ts'
import { checkErrorResponse } from './check-complete.ts'
import { errorCodeOf } from './error-envelope.ts'
import { type FoldedChoice, type FoldedStream, foldStream } from './stream-fold.ts'
import { difference, type Received, assertThat, type Verdict } from './verdict.ts'

export function checkStream(expected: ExpectedReply, wantsUsage: boolean, received: Received): Verdict {
  if (received.status !== 200) return received.isComplete ? checkErrorResponse(received) : { type: 'incomplete' }
  assertThat(received.contentType.startsWith('text/event-stream'), `content-type ${received.contentType}`)
  const stream = foldStream(received.body, received.isComplete)
  for (const [index, choice] of stream.choices) checkPrefix(expected.answers[index], choice)
  if (!received.isComplete) return { type: 'incomplete' }
  assertThat(stream.hasDone, 'the stream ended without [DONE]')
  if (stream.failure !== undefined) {
    assertThat(!isFinished(expected, wantsUsage, stream), 'an error after the complete response')
    return { type: 'error', code: errorCodeOf(stream.failure) }
  }
  checkEnd(expected, wantsUsage, stream)
  return { type: 'exact' }
}

/** The text so far must be the beginning of the expected text. */
function checkPrefix(expected: ExpectedAnswer | undefined, { text, calls }: FoldedChoice): void {
  assertThat(expected !== undefined, 'more choices than expected')
  assertThat(expected.text.startsWith(text), `wrong text: ${difference(expected.text, text)}`)
  calls.forEach((call, at) => {
    const wanted = expected.calls[at]
    const isBeginning = wanted?.name === call.name && wanted.arguments.startsWith(call.arguments)
    assertThat(isBeginning, `wrong tool call: ${JSON.stringify(call).slice(0, 120)}`)
  })
}

const isFinished = ({ answers }: ExpectedReply, wantsUsage: boolean, { choices, usages }: FoldedStream): boolean =>
  answers.every((_, index) => choices.get(index)?.finish !== undefined) && (usages.length > 0 || !wantsUsage)

function checkEnd(expected: ExpectedReply, wantsUsage: boolean, { choices, usages }: FoldedStream): void {
  expected.answers.forEach((answer, index) => {
    const choice = choices.get(index)
    assertThat(choice?.finish !== undefined, 'no finish reason and no error')
    assertThat(choice.text === answer.text, `cut with a finish: ${difference(answer.text, choice.text)}`)
    assertThat(choice.finish === answer.finishReason, `finish ${choice.finish} instead of ${answer.finishReason}`)
    assertThat(Bun.deepEquals(choice.calls, answer.calls), 'tool calls cut with a finish')
  })
  assertThat(usages.length === (wantsUsage ? 1 : 0), `usage was sent ${usages.length} times`)
  if (wantsUsage) checkUsage(expected, usages[0])
}
