import type { Extra } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import type { Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'

/** What every piece of a request is written with. */
export interface EncodeContext {
  readonly request: ChatRequest
  readonly target: Target
  readonly losses: Losses
  /** The request was read from this language: its extra fields and its habits are kept. */
  readonly isOwn: boolean
}

/** The extra fields of a piece, where they are of this language. */
export const ownExtra = (extra: Extra | undefined, { isOwn }: EncodeContext): Extra | undefined =>
  isOwn ? extra : undefined
