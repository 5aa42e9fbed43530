import type { TokenReport } from '../authorization.ts'
import { TokenError } from './token-error.ts'

/** A credential that expires; the time is in epoch milliseconds. */
export interface Token {
  readonly value: string
  readonly expiresMs: number
}

export interface TokenCacheParts {
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly report: (report: TokenReport) => void
}

const REFRESH_BEFORE_MS = 5 * 60_000
/** A token must still be valid when it reaches the provider, whose clock can differ. */
const MARGIN_MS = 10_000
const MAX_TRIES = 3
const INITIAL_PAUSE_MS = 250
const INITIAL_BACKOFF_MS = 2000
const MAX_BACKOFF_MS = 30_000
/** Some servers return the same token until shortly before its expiry: a refresh at every call would be useless. */
const MIN_REFRESH_INTERVAL_MS = 30_000

/**
 * One token, shared by all calls of a provider. It is fetched when it is first needed, and refreshed in the background by a call
 * in its last five minutes (or in the second half of a shorter lifetime). If a refresh fails, the old token stays in use until
 * it expires. Without a valid token, all calls fail with the error of the last fetch until the next try is due.
 */
export class TokenCache {
  readonly #fetch: () => Promise<Token>
  readonly #parts: TokenCacheParts
  #token: Token | undefined
  #refreshAtMs = 0
  #fetchedMs = 0
  #pending: Promise<Token> | undefined
  #failure: Error | undefined
  #failures = 0

  constructor(fetch: () => Promise<Token>, parts: TokenCacheParts) {
    this.#fetch = fetch
    this.#parts = parts
  }

  /** The token; a promise only if it has to be fetched. Rejects with a `TokenError`. */
  get(): string | Promise<string> {
    const nowMs = this.#parts.now()
    const token = this.#token
    if (token === undefined || nowMs >= token.expiresMs - MARGIN_MS) return this.#wait(nowMs)
    if (nowMs >= this.#refreshAtMs && !this.#pending) void this.#refresh().catch(() => {}) // already reported
    return token.value
  }

  /** The provider rejected the token. One that was just fetched is kept: then the cause is not the token. */
  invalidate(): void {
    if (this.#parts.now() >= this.#fetchedMs + MARGIN_MS) this.#token = undefined
  }

  async #wait(nowMs: number): Promise<string> {
    if (!this.#pending && this.#failure && nowMs < this.#refreshAtMs) throw this.#failure
    return (await (this.#pending ?? this.#refresh())).value
  }

  #refresh(): Promise<Token> {
    this.#pending = this.#run().finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  async #run(): Promise<Token> {
    try {
      const token = await this.#fetchWithRetries()
      this.#keep(token, this.#parts.now())
      return token
    } catch (thrown) {
      throw this.#failed(thrown, this.#parts.now())
    }
  }

  async #fetchWithRetries(): Promise<Token> {
    for (let attempt = 1; ; attempt++)
      try {
        const token = await this.#fetch()
        if (token.expiresMs - MARGIN_MS > this.#parts.now()) return token
        throw new TokenError('The token server returned an expired token. Check the clock of this machine.')
      } catch (thrown) {
        if (!(thrown instanceof TokenError && thrown.isTransient) || attempt === MAX_TRIES) throw thrown
        await this.#parts.pause(INITIAL_PAUSE_MS * 4 ** (attempt - 1))
      }
  }

  #keep(token: Token, nowMs: number): void {
    const lifeMs = token.expiresMs - nowMs
    const refreshAtMs = token.expiresMs - Math.min(REFRESH_BEFORE_MS, lifeMs / 2)
    this.#refreshAtMs =
      token.value === this.#token?.value ? Math.max(refreshAtMs, nowMs + MIN_REFRESH_INTERVAL_MS) : refreshAtMs
    this.#token = token
    this.#fetchedMs = nowMs
    this.#failure = undefined
    this.#failures = 0
    this.#parts.report({ type: 'fetched', validForMs: lifeMs })
  }

  #failed(thrown: unknown, nowMs: number): Error {
    const error =
      thrown instanceof Error
        ? thrown
        : new TokenError('The token could not be fetched: a value that is not an Error was thrown.')
    this.#failure = error
    this.#refreshAtMs = nowMs + Math.min(INITIAL_BACKOFF_MS * 2 ** this.#failures++, MAX_BACKOFF_MS)
    this.#parts.report({ type: 'failed', error, validForMs: Math.max(0, (this.#token?.expiresMs ?? 0) - nowMs) })
    return error
  }
}
