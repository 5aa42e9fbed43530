import type { UpstreamErrorKind } from '../errors.ts'

/** An error that an upstream reported, as far as its body was readable. */
export interface UpstreamError {
  readonly message: string
  readonly type?: string
  readonly code?: string
  readonly param?: string
  /** A status inside the body; streams that began with 200 carry it there. */
  readonly status?: number
  /** What the body adds to the status; undefined: nothing. */
  readonly kind?: UpstreamErrorKind
  /** A retry delay that the body states, if no header does. */
  readonly retryAfterMs?: number
  /** True if the body is the error envelope of its own format and can be forwarded unchanged. */
  readonly isEnvelope: boolean
}
