// The reasoning of the simulated model before its answer.
import { createRandom } from '../engine/random.ts'
import { mixSeed } from '../text/answer.ts'
import { sentence } from '../text/prose.ts'
import { splitTokens } from '../text/tokens.ts'
import { invalidField } from '../wire/errors.ts'
import { type Fields, readFlag, readObject } from '../wire/fields.ts'
import type { ChoicePlan } from './plan.ts'

/** Sentences of reasoning per effort. The names are those of vLLM's `reasoning_effort` and newer ones of OpenAI. */
const SENTENCES: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1,
  low: 1,
  medium: 2,
  high: 4,
  xhigh: 6,
  max: 8,
}

const REASONING_SEED = 0x7407

/** The number of sentences: 0 unless the request has `reasoning_effort` or `chat_template_kwargs`. */
export function readReasoningSentences(body: Fields): number {
  const effort = body['reasoning_effort'] ?? undefined
  if (effort !== undefined) {
    if (typeof effort !== 'string' || !Object.hasOwn(SENTENCES, effort))
      return invalidField('reasoning_effort', `reasoning_effort must be one of ${Object.keys(SENTENCES).join(', ')}.`)
    return SENTENCES[effort]!
  }
  const template = readObject(body, 'chat_template_kwargs')
  return template && readFlag(template, 'enable_thinking') ? SENTENCES['medium']! : 0
}

/** Puts reasoning before the answer. It counts towards the token limit: the rest of the answer is cut. */
export function withReasoning(choice: ChoicePlan, sentences: number, seed: number, maxTokens: number): ChoicePlan {
  if (sentences === 0) return choice
  const random = createRandom(mixSeed(seed, REASONING_SEED))
  const reasoningText = Array.from({ length: sentences }, () => sentence(random)).join(' ')
  const deltas = [...splitTokens(reasoningText).map((reasoning) => ({ reasoning })), ...choice.deltas]
  if (deltas.length <= maxTokens) return { ...choice, deltas }
  return { ...choice, deltas: deltas.slice(0, maxTokens), finishReason: 'length', stopReason: null }
}
