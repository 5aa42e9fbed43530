import type { ExpectedReply } from '../src/sim/expected.ts'
import { assertThat } from './verdict.ts'

interface Usage {
  readonly prompt_tokens?: unknown
  readonly completion_tokens?: unknown
  readonly total_tokens?: unknown
}

/** Throws a WrongResponse unless the usage equals that of one undisturbed server. */
export function checkUsage({ usage: expected }: ExpectedReply, usage: unknown): void {
  assertThat(typeof usage === 'object' && usage !== null, 'no usage')
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage as Usage
  const { promptTokens, completionTokens } = expected
  const isRight =
    prompt === promptTokens && completion === completionTokens && total === promptTokens + completionTokens
  const found = [prompt, completion, total].map(String).join(' + ')
  assertThat(isRight, `wrong usage: ${found} instead of ${promptTokens} + ${completionTokens}`)
}
