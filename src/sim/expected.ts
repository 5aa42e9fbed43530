// What a simulated server will answer, for whoever wants to check what came through something in between.
import { planChat } from './plan/chat.ts'
import { planCompletion } from './plan/completion.ts'
import { callsOf, type FinishReason, type PlannedCall, reasoningOf, textOf } from './plan/plan.ts'
import { BLOCK_TOKENS, MAX_MODEL_TOKENS } from './server-state.ts'
import type { Fields } from './wire/fields.ts'

export interface ExpectedAnswer {
  readonly text: string
  /** What it thought before. */
  readonly reasoning: string
  readonly calls: readonly PlannedCall[]
  readonly finishReason: FinishReason
  readonly completionTokens: number
}

/**
 * The answers to a chat or completions body, one per choice, as any server of `model` gives them; the body's own `model`
 * counts when none is said. Throws SimError where the server would refuse.
 */
export function expectedAnswers(body: Fields, model: string = modelOf(body)): readonly ExpectedAnswer[] {
  const plan = 'messages' in body ? planChat : planCompletion
  return plan(body, { model, blockTokens: BLOCK_TOKENS, maxModelTokens: MAX_MODEL_TOKENS }).choices.map((choice) => ({
    text: textOf(choice),
    reasoning: reasoningOf(choice),
    calls: callsOf(choice),
    finishReason: choice.finishReason,
    completionTokens: Math.max(1, choice.deltas.length),
  }))
}

/** The text of the first choice. */
export const expectedText = (body: Fields, model?: string): string => expectedAnswers(body, model)[0]!.text

const modelOf = (body: Fields): string => (typeof body['model'] === 'string' ? body['model'] : 'sim-1b')
