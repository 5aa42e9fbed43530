// The canonical embeddings call: what every language's request and answer are read into, and written from.
import type { Extra } from '../../chat/part.ts'
import type { WholeFormat, WholeResult } from '../whole-format.ts'
import type { Task } from './task.ts'
import type { Vector } from './vector.ts'

export interface EmbeddingsRequest {
  /** The language it was read from: whose `extra` fields it carries. */
  readonly format: string
  /** As the client wrote it; what is sent upstream comes from the target. */
  readonly model: string | undefined
  /** The texts, one vector each, in this order. */
  readonly inputs: readonly string[]
  /** What the client calls the list of texts, for errors: `input`, `requests`. */
  readonly inputsField: string
  /** How the client wants its vectors. */
  readonly encoding: 'float' | 'base64'
  /** Numbers a vector shall have; undefined: as many as the model makes. */
  readonly dimensions?: number
  /** What the vectors are for, where the client says it. */
  readonly task?: Task
  readonly user?: string
  readonly extra?: Extra
}

export interface EmbeddingsAnswer extends WholeResult {
  /** One for each input, in the order of the inputs. */
  readonly vectors: readonly Vector[]
}

export type EmbeddingsFormat = WholeFormat<EmbeddingsRequest, EmbeddingsAnswer>
