import type { Finish } from './finish.ts'
import type { Extra, MediaPart, NativePart, ReasoningPart, RefusalPart, TextPart, ToolCallPart } from './part.ts'
import type { Usage } from './usage.ts'

/** A part that a model can generate. */
export type ResponsePart = TextPart | ReasoningPart | ToolCallPart | RefusalPart | MediaPart | NativePart

export interface TokenLogprob {
  readonly token: string
  readonly logprob: number
  readonly bytes?: readonly number[] | null
  /** The token's id in the model's vocabulary, if the upstream reports it. */
  readonly tokenId?: number
  readonly top: readonly Omit<TokenLogprob, 'top'>[]
}

export interface Choice {
  readonly parts: readonly ResponsePart[]
  readonly finish: Finish
  readonly logprobs?: readonly TokenLogprob[]
  readonly extra?: Extra
}

/** A complete response. It has one choice unless more were requested. */
export interface ChatResponse {
  /** The format it was decoded from; its `extra` fields belong to that format. */
  readonly format: string
  /** The upstream's id of the response. */
  readonly id?: string
  /** The model that generated it, by the upstream's name. */
  readonly model?: string
  /** Seconds since 1970. */
  readonly created?: number
  readonly choices: readonly Choice[]
  readonly usage?: Usage
  /** The service tier that was used, in OpenAI's values. */
  readonly tier?: string
  readonly extra?: Extra
}
