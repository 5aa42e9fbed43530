import type { UpstreamErrorKind } from '../errors.ts'

/** What an upstream said went wrong, as far as it said anything readable. */
export interface UpstreamError {
  readonly message: string
  readonly type?: string
  readonly code?: string
  readonly param?: string
  /** A status inside the body, where 200 streams carry theirs. */
  readonly status?: number
  /** What the body says beyond its status; undefined: the status says it all. */
  readonly kind?: UpstreamErrorKind
  /** A wait that the body names, where no header does. */
  readonly retryAfterMs?: number
  /** True when the body is the error envelope of its own language, fit to be passed on as it is. */
  readonly isEnvelope: boolean
}
