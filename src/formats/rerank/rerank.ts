// The canonical rerank request and response: documents, ordered by their relevance to a query.
import type { Extra } from '../../chat/part.ts'
import type { WholeFormat, WholeResult } from '../whole-format.ts'

export interface RerankRequest {
  /** The format that it was read from, to which its `extra` fields belong. */
  readonly format: string
  readonly model: string | undefined
  readonly query: string
  /** Plain texts, or objects with a `text` and other fields. */
  readonly documents: readonly (string | Readonly<Record<string, unknown>>)[]
  /** The number of best results to return; undefined: all. */
  readonly top?: number
  /** Whether the response contains the documents; undefined: as the upstream does it. */
  readonly returnsDocuments?: boolean
  readonly extra?: Extra
}

export interface RerankResult {
  /** The index of the document in the request, from 0. */
  readonly index: number
  readonly score: number
  /** The document as the upstream returned it. */
  readonly document?: unknown
}

export interface RerankResponse extends WholeResult {
  readonly id?: string
  /** Best first. */
  readonly results: readonly RerankResult[]
  /** The upstream's billing data, in Cohere's format. */
  readonly meta?: unknown
}

export type RerankFormat = WholeFormat<RerankRequest, RerankResponse>
