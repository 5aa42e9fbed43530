import { TokenError } from './token-error.ts'

/** What proves who we are until it expires. Epoch milliseconds. */
export interface Token {
  readonly value: string
  readonly expiresMs: number
}

/** How one refresh ended; `validForMs`: what is left of the token that is in use now, 0 for none. */
export type TokenReport =
  | { readonly type: 'fetched'; readonly validForMs: number }
  | { readonly type: 'failed'; readonly error: Error; readonly validForMs: number }

export interface TokenCacheParts {
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly report: (report: TokenReport) => void
}

const REFRESH_BEFORE_MS = 5 * 60_000
/** A token must outlive the way to the provider, and its clock may differ from ours. */
const MARGIN_MS = 10_000
const MAX_TRIES = 3
const INITIAL_PAUSE_MS = 250
const INITIAL_BACKOFF_MS = 2000
const MAX_BACKOFF_MS = 30_000
/** Some servers give the same token until shortly before its end: asking at each call would be of no use. */
const MIN_REFRESH_INTERVAL_MS = 30_000

/**
 * One token, shared by all who need it. It is fetched when it is first wanted and anew, in the background, by whoever asks
 * within its last five minutes (or the second half of a shorter life). A refresh that fails leaves the old token in use;
 * without one the failure is told to all who ask, until it is tried again.
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

  /** At once where there is a valid token. Rejects with a `TokenError`. */
  get(): string | Promise<string> {
    const nowMs = this.#parts.now()
    const token = this.#token
    if (token === undefined || nowMs >= token.expiresMs - MARGIN_MS) return this.#wait(nowMs)
    if (nowMs >= this.#refreshAtMs && !this.#pending) void this.#refresh().catch(() => {}) // it was reported
    return token.value
  }

  /** Whoever takes the token does not want it any more. One that was just fetched is kept: it is not the token then. */
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
    for (let tries = 1; ; tries++)
      try {
        const token = await this.#fetch()
        if (token.expiresMs - MARGIN_MS > this.#parts.now()) return token
        throw new TokenError('The token that came has expired already; is the clock of this machine right?')
      } catch (thrown) {
        if (!(thrown instanceof TokenError && thrown.isTransient) || tries === MAX_TRIES) throw thrown
        await this.#parts.pause(INITIAL_PAUSE_MS * 4 ** (tries - 1))
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
    const error = thrown instanceof Error ? thrown : new TokenError('Something that is no error was thrown.')
    this.#failure = error
    this.#refreshAtMs = nowMs + Math.min(INITIAL_BACKOFF_MS * 2 ** this.#failures++, MAX_BACKOFF_MS)
    this.#parts.report({ type: 'failed', error, validForMs: Math.max(0, (this.#token?.expiresMs ?? 0) - nowMs) })
    return error
  }
}
