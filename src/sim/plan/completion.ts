// The response of the simulated model to a legacy completions request.
import { type AnswerLimits, mixSeed, proseAnswer } from '../text/answer.ts'
import { hashText, scanIds, type ScannedPrompt, scanText } from '../text/tokens.ts'
import { invalidField } from '../wire/errors.ts'
import { type Fields, readFlag } from '../wire/fields.ts'
import { readSampling } from '../wire/sampling.ts'
import { type ChoicePlan, type Plan, type PlanContext, roomFor } from './plan.ts'

/** vLLM's default for completions; chat has none. */
const DEFAULT_MAX_TOKENS = 16

type Prompt = string | readonly number[]

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => Number.isInteger(item))

/** The prompts or inputs of a request: a string, strings, token numbers, or lists of token numbers. */
export function readPrompts(fields: Fields, name: string): readonly Prompt[] {
  const value = fields[name]
  if (typeof value === 'string') return [value]
  if (isNumbers(value)) return [value]
  const isPrompt = (item: unknown): item is Prompt => typeof item === 'string' || isNumbers(item)
  if (Array.isArray(value) && value.length > 0 && value.every(isPrompt)) return value
  return invalidField(name, `${name} must be a string, a list of strings, or token numbers.`)
}

export const scanPrompt = (prompt: Prompt, blockTokens: number): ScannedPrompt =>
  typeof prompt === 'string' ? scanText(prompt, blockTokens) : scanIds(prompt, blockTokens)

/** Plans the complete response to the body of a completions request. Throws SimError. */
export function planCompletion(body: Fields, context: PlanContext): Plan {
  const sampling = readSampling(body)
  const texts = readPrompts(body, 'prompt')
  const prompts = texts.map((prompt) => scanPrompt(prompt, context.blockTokens))
  const echo = readFlag(body, 'echo')
  const model = hashText(context.model)
  const choices = prompts.flatMap((prompt, at): ChoicePlan[] => {
    const maxTokens = roomFor(prompt, sampling.maxTokens ?? DEFAULT_MAX_TOKENS, context)
    const limits: AnswerLimits = { ...sampling, maxTokens }
    const seed = mixSeed(mixSeed(prompt.hash, model), sampling.seed)
    return Array.from({ length: sampling.n }, (_, index) => {
      const { pieces, ...ending } = proseAnswer(index === 0 ? seed : mixSeed(seed, index), '', limits)
      const text = texts[at]
      const deltas = echo && typeof text === 'string' ? [text + (pieces[0] ?? ''), ...pieces.slice(1)] : pieces
      return { prompt: at, deltas, ...ending }
    })
  })
  return { prompts, sampling, choices }
}
