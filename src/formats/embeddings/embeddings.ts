// The canonical embeddings request and response, which every format is decoded into and encoded from.
import type { Extra } from '../../chat/part.ts'
import type { WholeFormat, WholeResult } from '../whole-format.ts'
import type { Task } from './task.ts'
import type { Vector } from './vector.ts'

export type VectorEncoding = 'float' | 'base64'

export interface EmbeddingsRequest {
  /** The format that it was read from, to which its `extra` fields belong. */
  readonly format: string
  /** The model in the client's request. The upstream's name comes from the target. */
  readonly model: string | undefined
  /** The texts, one vector each, in this order. */
  readonly inputs: readonly string[]
  /** The client's name of the list of texts, for error messages: `input`, `requests`. */
  readonly inputsField: string
  /** The encoding of vectors that the client requested. */
  readonly encoding: VectorEncoding
  /** Those of a response that has each vector in several; undefined: in one. */
  readonly encodings?: readonly VectorEncoding[]
  /** The length of a vector; undefined: the model's default. */
  readonly dimensions?: number
  /** What the vectors are for; undefined: the client did not specify it. */
  readonly task?: Task
  readonly user?: string
  readonly extra?: Extra
}

export interface EmbeddingsResponse extends WholeResult {
  /** One for each input, in the order of the inputs. */
  readonly vectors: readonly Vector[]
}

export type EmbeddingsFormat = WholeFormat<EmbeddingsRequest, EmbeddingsResponse>
