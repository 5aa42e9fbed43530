// Authorization that is more than a fixed header: tokens that expire, and signatures of the request.

/** A request that is complete except for its authorization. */
export interface UnauthorizedRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** To be read in the same turn: the memory can be reused for the next request. */
  readonly body: Uint8Array
}

/**
 * Authorizes requests to one provider. Created from its configuration, shared by all its calls, and kept while that
 * does not change.
 */
export interface Authorization {
  /**
   * The headers to add, with names in lower case; they override those of the request. Returns a promise only if a token has to
   * be fetched first. Throws an error whose message is for the operator and contains no secret.
   */
  headers(request: UnauthorizedRequest): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** The provider returned 401: the credentials that were sent are not valid, even if they have not expired. */
  rejected?(): void
}

/** The result of one refresh; `validForMs`: the remaining lifetime of the current token, 0 if there is none. */
export type TokenReport =
  | { readonly type: 'fetched'; readonly validForMs: number }
  | { readonly type: 'failed'; readonly error: Error; readonly validForMs: number }

/** What authorizations need from the process. */
export interface AuthorizationParts {
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
  /** Called with the result of each refresh of a provider's token. */
  readonly report: (provider: string, report: TokenReport) => void
}
