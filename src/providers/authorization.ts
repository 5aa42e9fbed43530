// Authorization that is more than a fixed header: tokens that expire, signatures over the request.
import type { TokenReport } from './tokens/token-cache.ts'

/** A request that is complete but for its authorization. */
export interface UnauthorizedRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** To be read in the turn of the call: it may stand in memory that the next call uses again. */
  readonly body: Uint8Array
}

/** Says who we are to one provider. Made from its configuration, shared by all its calls, and kept while that stays the same. */
export interface Authorization {
  /**
   * The headers to add, in lower case; they win over those of the request. A promise only where there is something to wait
   * for: whoever has a valid token answers at once. Throws an error whose message is for the operator and holds no secret.
   */
  headers(request: UnauthorizedRequest): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** The provider answered 401: what was sent is good no more, whatever its date says. */
  rejected?(): void
}

/** What authorizations need of the process around them. */
export interface AuthorizationParts {
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
  /** Told how each refresh of a provider's token ended. */
  readonly report: (provider: string, report: TokenReport) => void
}
