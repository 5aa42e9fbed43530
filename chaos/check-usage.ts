import type { ExpectedReply } from '../src/sim/expected.ts'
import { insist } from './verdict.ts'

interface Usage {
  readonly prompt_tokens?: unknown
  readonly completion_tokens?: unknown
  readonly total_tokens?: unknown
}

/** Throws a Lie unless it says what one undisturbed server would have counted. */
export function checkUsage({ usage: expected }: ExpectedReply, usage: unknown): void {
  insist(typeof usage === 'object' && usage !== null, 'no usage')
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage as Usage
  const { promptTokens, completionTokens } = expected
  const isRight =
    prompt === promptTokens && completion === completionTokens && total === promptTokens + completionTokens
  const found = [prompt, completion, total].map(String).join(' + ')
  insist(isRight, `wrong usage: ${found} instead of ${promptTokens} + ${completionTokens}`)
}
