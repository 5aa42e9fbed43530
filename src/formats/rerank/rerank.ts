// The canonical reranking call: texts put in the order in which they answer a question.
import type { Extra } from '../../chat/part.ts'
import type { WholeFormat, WholeResult } from '../whole-format.ts'

export interface RerankRequest {
  /** The language it was read from: whose `extra` fields it carries. */
  readonly format: string
  readonly model: string | undefined
  readonly query: string
  /** Bare texts, or objects with a `text` and more. */
  readonly documents: readonly (string | Readonly<Record<string, unknown>>)[]
  /** How many of the best are wanted; undefined: all. */
  readonly top?: number
  /** Whether the answer repeats the texts; undefined: as the upstream does. */
  readonly returnsDocuments?: boolean
  readonly extra?: Extra
}

export interface RerankResult {
  /** Which document, counted from 0 as the request lists them. */
  readonly index: number
  readonly score: number
  /** As the upstream repeats it. */
  readonly document?: unknown
}

export interface RerankAnswer extends WholeResult {
  readonly id?: string
  /** Best first. */
  readonly results: readonly RerankResult[]
  /** What the upstream says of billing, in Cohere's words. */
  readonly meta?: unknown
}

export type RerankFormat = WholeFormat<RerankRequest, RerankAnswer>
