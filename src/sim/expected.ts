// The expected response of a simulated server, for tests of whatever stands between client and server.
import { planChat } from './plan/chat.ts'
import { planCompletion } from './plan/completion.ts'
import { callsOf, type FinishReason, type PlannedCall, reasoningOf, textOf } from './plan/plan.ts'
import { BLOCK_TOKENS, maxModelTokensOf } from './server-state.ts'
import type { Fields } from './wire/fields.ts'

export interface ExpectedAnswer {
  readonly text: string
  /** The reasoning before the text. */
  readonly reasoning: string
  readonly calls: readonly PlannedCall[]
  readonly finishReason: FinishReason
  readonly completionTokens: number
}

/** The choices and the usage that one server would return. */
export interface ExpectedReply {
  /** One per choice. */
  readonly answers: readonly ExpectedAnswer[]
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number }
}

/**
 * The response of any server of `model` to a chat or completions body. Default: the body's `model`.
 * Throws SimError if the server would reject the body.
 */
export function expectedReply(body: Fields, model: string = modelOf(body)): ExpectedReply {
  const planOf = 'messages' in body ? planChat : planCompletion
  const plan = planOf(body, { model, blockTokens: BLOCK_TOKENS, maxModelTokens: maxModelTokensOf(model) })
  const answers = plan.choices.map((choice) => ({
    text: textOf(choice),
    reasoning: reasoningOf(choice),
    calls: callsOf(choice),
    finishReason: choice.finishReason,
    completionTokens: choice.deltas.length,
  }))
  return {
    answers,
    usage: {
      promptTokens: plan.prompts.reduce((sum, { tokens }) => sum + tokens, 0),
      completionTokens: answers.reduce((sum, { completionTokens }) => sum + completionTokens, 0),
    },
  }
}

/** All choices. */
export const expectedAnswers = (body: Fields, model?: string): readonly ExpectedAnswer[] =>
  expectedReply(body, model).answers

/** The text of the first choice. */
export const expectedText = (body: Fields, model?: string): string => expectedAnswers(body, model)[0]!.text

const modelOf = (body: Fields): string => (typeof body['model'] === 'string' ? body['model'] : 'sim-1b')
