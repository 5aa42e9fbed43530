// Whether the simulated model thinks before it answers, and what.
import { createRandom } from '../engine/random.ts'
import { mixSeed } from '../text/answer.ts'
import { sentence } from '../text/prose.ts'
import { splitTokens } from '../text/tokens.ts'
import { refuse } from '../wire/errors.ts'
import { type Fields, readFlag, readObject } from '../wire/fields.ts'
import type { ChoicePlan } from './plan.ts'

/** Sentences of thought. Source of the words: vLLM's `reasoning_effort`, and OpenAI's newer ones. */
const SENTENCES: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1,
  low: 1,
  medium: 2,
  high: 4,
  xhigh: 6,
  max: 8,
}

const THOUGHT_SEED = 0x7407

/** How many sentences a request lets it think: none, unless it asks by `reasoning_effort` or `chat_template_kwargs`. */
export function readThinking(body: Fields): number {
  const effort = body['reasoning_effort'] ?? undefined
  if (effort !== undefined) {
    if (typeof effort !== 'string' || !Object.hasOwn(SENTENCES, effort))
      return refuse('reasoning_effort', `reasoning_effort must be one of ${Object.keys(SENTENCES).join(', ')}.`)
    return SENTENCES[effort]!
  }
  const template = readObject(body, 'chat_template_kwargs')
  return template && readFlag(template, 'enable_thinking') ? SENTENCES['medium']! : 0
}

/** The answer with thoughts before it. They count against the cap: what no longer fits of the answer is cut. */
export function withThoughts(choice: ChoicePlan, sentences: number, seed: number, maxTokens: number): ChoicePlan {
  if (sentences === 0) return choice
  const random = createRandom(mixSeed(seed, THOUGHT_SEED))
  const thought = Array.from({ length: sentences }, () => sentence(random)).join(' ')
  const deltas = [...splitTokens(thought).map((reasoning) => ({ reasoning })), ...choice.deltas]
  if (deltas.length <= maxTokens) return { ...choice, deltas }
  return { ...choice, deltas: deltas.slice(0, maxTokens), finishReason: 'length', stopReason: null }
}
