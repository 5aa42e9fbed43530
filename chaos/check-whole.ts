// A whole answer against the reference.
import type { ExpectedAnswer, ExpectedReply } from '../src/sim/expected.ts'
import { checkUsage } from './check-usage.ts'
import { errorCodeOf, parseJson } from './error-envelope.ts'
import { difference, type Heard, insist, type Verdict } from './verdict.ts'

interface Choice {
  readonly index?: unknown
  readonly text?: unknown
  readonly message?: { readonly content?: unknown; readonly tool_calls?: readonly { readonly function: unknown }[] }
  readonly finish_reason?: unknown
}

interface Answer {
  readonly id?: unknown
  readonly choices?: readonly Choice[]
  readonly usage?: unknown
}

/** An error answer, to whole and streaming calls alike. */
export function checkRefusal({ status, body }: Heard): Verdict {
  insist(status >= 400, `status ${status}`)
  return { type: 'error', code: errorCodeOf(parseJson(body, `the body of a ${status}`)) }
}

export function checkWhole(expected: ExpectedReply, heard: Heard): Verdict {
  if (!heard.isComplete) return { type: 'beginning' }
  if (heard.status !== 200) return checkRefusal(heard)
  insist(heard.contentType.startsWith('application/json'), `content-type ${heard.contentType}`)
  const { id, choices = [], usage } = parseJson(heard.body, 'the answer') as Answer
  insist(typeof id === 'string' && id !== '', 'no id')
  insist(choices.length === expected.answers.length, `${choices.length} choices instead of ${expected.answers.length}`)
  expected.answers.forEach((answer, index) => checkChoice(answer, choices[index]!, index))
  checkUsage(expected, usage)
  return { type: 'exact' }
}

function checkChoice(expected: ExpectedAnswer, choice: Choice, index: number): void {
  const { message, finish_reason } = choice
  const text = String(choice.text ?? message?.content ?? '')
  insist(choice.index === index, `choice ${index} has index ${String(choice.index)}`)
  insist(text === expected.text, `wrong text: ${difference(expected.text, text)}`)
  insist(finish_reason === expected.finishReason, `finish ${String(finish_reason)} instead of ${expected.finishReason}`)
  const calls = (message?.tool_calls ?? []).map((call) => call.function)
  insist(Bun.deepEquals(calls, expected.calls), 'wrong tool calls')
}
