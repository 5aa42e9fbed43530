// Compares a complete response with the expected one.
import type { ExpectedAnswer, ExpectedReply } from '../src/sim/expected.ts'
import { checkUsage } from './check-usage.ts'
import { errorCodeOf, parseJson } from './error-envelope.ts'
import { difference, type Received, assertThat, type Verdict } from './verdict.ts'

interface Choice {
  readonly index?: unknown
  readonly text?: unknown
  readonly message?: { readonly content?: unknown; readonly tool_calls?: readonly { readonly function: unknown }[] }
  readonly finish_reason?: unknown
}

interface ResponseBody {
  readonly id?: unknown
  readonly choices?: readonly Choice[]
  readonly usage?: unknown
}

/** An error response, for streaming and other requests alike. */
export function checkErrorResponse({ status, body }: Received): Verdict {
  assertThat(status >= 400, `status ${status}`)
  return { type: 'error', code: errorCodeOf(parseJson(body, `the body of a ${status}`)) }
}

export function checkComplete(expected: ExpectedReply, received: Received): Verdict {
  if (!received.isComplete) return { type: 'incomplete' }
  if (received.status !== 200) return checkErrorResponse(received)
  assertThat(received.contentType.startsWith('application/json'), `content-type ${received.contentType}`)
  const { id, choices = [], usage } = parseJson(received.body, 'the response') as ResponseBody
  assertThat(typeof id === 'string' && id !== '', 'no id')
  assertThat(
    choices.length === expected.answers.length,
    `${choices.length} choices instead of ${expected.answers.length}`,
  )
  expected.answers.forEach((answer, index) => checkChoice(answer, choices[index]!, index))
  checkUsage(expected, usage)
  return { type: 'exact' }
}

function checkChoice(expected: ExpectedAnswer, choice: Choice, index: number): void {
  const { message, finish_reason } = choice
  const text = String(choice.text ?? message?.content ?? '')
  assertThat(choice.index === index, `choice ${index} has index ${String(choice.index)}`)
  assertThat(text === expected.text, `wrong text: ${difference(expected.text, text)}`)
  assertThat(
    finish_reason === expected.finishReason,
    `finish ${String(finish_reason)} instead of ${expected.finishReason}`,
  )
  const calls = (message?.tool_calls ?? []).map((call) => call.function)
  assertThat(Bun.deepEquals(calls, expected.calls), 'wrong tool calls')
}
