import type { Extra } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import type { Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'

/** What all functions that encode parts of a request need. */
export interface EncodeContext {
  readonly request: ChatRequest
  readonly target: Target
  readonly losses: Losses
  /** The request was decoded from this format, so its extra fields and its notation are kept. */
  readonly isOwn: boolean
}

/** The extra fields of a part, if they are of this format. */
export const ownExtra = (extra: Extra | undefined, { isOwn }: EncodeContext): Extra | undefined =>
  isOwn ? extra : undefined
