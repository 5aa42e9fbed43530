import type { GatewayError } from '../../errors.ts'
import type { Origin } from '../../state/response-store.ts'
import type { CallBody } from './body.ts'

/** What a request refers to: an earlier response, or items of one. */
export interface StoredInput {
  /** The body as the client sent it. The call's body has what it refers to instead, unless something is missing. */
  readonly original: CallBody
  /** The earlier response that it names. */
  readonly previousId: string | undefined
  /** The endpoint that keeps all that is referred to, and to which the original can be sent. */
  readonly origin: Origin | undefined
  /** Why the references are not resolved here. Only an upstream that keeps responses itself may know them. */
  readonly missing: GatewayError | undefined
}
