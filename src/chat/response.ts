import type { Finish } from './finish.ts'
import type { Extra, MediaPart, NativePart, ReasoningPart, RefusalPart, TextPart, ToolCallPart } from './part.ts'
import type { Usage } from './usage.ts'

/** What a model can say. */
export type AnswerPart = TextPart | ReasoningPart | ToolCallPart | RefusalPart | MediaPart | NativePart

export interface TokenLogprob {
  readonly token: string
  readonly logprob: number
  readonly bytes?: readonly number[] | null
  /** The number of the token in the model's vocabulary, where the upstream says it. */
  readonly tokenId?: number
  readonly top: readonly Omit<TokenLogprob, 'top'>[]
}

export interface Choice {
  readonly parts: readonly AnswerPart[]
  readonly finish: Finish
  readonly logprobs?: readonly TokenLogprob[]
  readonly extra?: Extra
}

/** A whole answer. One choice, unless more were asked for. */
export interface ChatResponse {
  /** The language it was read from: whose `extra` fields it carries. */
  readonly format: string
  /** The upstream's id of the answer. */
  readonly id?: string
  /** The model that answered, as the upstream calls it. */
  readonly model?: string
  /** Seconds since 1970. */
  readonly created?: number
  readonly choices: readonly Choice[]
  readonly usage?: Usage
  /** The tier that served it, in OpenAI's words. */
  readonly tier?: string
  readonly extra?: Extra
}
