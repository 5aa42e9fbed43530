// Observers get reports of what happens to requests. Metrics and the log are two of them. Nothing here waits.
import type { GatewayError } from '../errors.ts'

/** A request as it arrives. */
export interface CallStart {
  readonly id: string
  readonly method: string
  readonly headers: Headers
  /** In milliseconds of the monotonic clock. */
  readonly startedMs: number
}

/** The facts of a request that has ended. Durations are in milliseconds. */
export interface CallRecord {
  readonly id: string
  /** Undefined unless the log shows it. */
  readonly clientAddress: string | undefined
  readonly method: string
  /** The route's prefix; empty for the open route. */
  readonly route: string
  readonly operation: string
  readonly status: number
  readonly durationMs: number
  /** The time that the gateway itself added; undefined for a stream. */
  readonly overheadMs: number | undefined
  readonly stream: boolean
  readonly model: string | undefined
  readonly arm: string | undefined
  readonly provider: string | undefined
  readonly endpoint: string | undefined
  readonly attempts: number
  /** How often another endpoint resumed a broken stream. */
  readonly continuations: number
  readonly firstEventMs: number | undefined
  /** For a stream: from its first event to its last byte. */
  readonly streamedMs: number | undefined
  readonly usage: TokenCounts | undefined
  /** The client's format and that of the upstream that responded; undefined if they are the same. */
  readonly translation: { readonly from: string; readonly to: string } | undefined
  /** Fields of the request or the response that were removed or changed. */
  readonly warnings: readonly string[] | undefined
  readonly error: GatewayError | undefined
  /** Whether the response was read to its end after the client disconnected. */
  readonly finished: boolean
  /** Whether the request gets a log line. */
  readonly writes: boolean
}

/**
 * A request with an unknown path or a wrong method. Clients choose both, so they are only in the error's message, never
 * labels.
 */
export interface RejectedRequest {
  readonly id: string
  readonly clientAddress: string | undefined
  readonly durationMs: number
  readonly error: GatewayError
  /** Whether it gets a log line. */
  readonly writes: boolean
}

export interface TokenCounts {
  readonly input: number
  readonly cached?: number | undefined
  readonly output: number
}

/** The endpoint of an attempt. */
export interface AttemptTarget {
  readonly id: string
  readonly provider: { readonly name: string }
}

/** An attempt as it starts. */
export interface AttemptStart {
  readonly role: string
  readonly candidate: AttemptTarget
  readonly model: string
  readonly startedMs: number
}

/** An attempt that has ended. */
export interface AttemptEnd extends AttemptStart {
  readonly endedMs: number | undefined
  readonly usage: TokenCounts | undefined
  readonly error: GatewayError | undefined
}

/** Takes reports about one attempt. */
export interface AttemptSpan {
  /** The first event of a stream. */
  firstEvent?(nowMs: number): void
  /** The learned concurrency limit of the endpoint has changed to `limit`. */
  endpointLimit?(limit: number): void
  ended(attempt: AttemptEnd): void
}

/** Takes reports about one request. */
export interface CallSpan {
  attemptStarted(attempt: AttemptStart): AttemptSpan
  splitChosen(choice: { readonly split: string; readonly arm: string; readonly forced: boolean }): void
  /** `kind`: the list that contains the fallback model. */
  fallbackTaken(kind: string, from: string, to: string): void
  /** A second attempt was sent beside a slow one. */
  hedgeSent(model: string): void
  /** The second attempt responded first. */
  hedgeWon(model: string): void
  limitExceeded(scope: string): void
  /** Whether the response was stored for later requests. `rejected`: too large, or its id is not unique. */
  responseStored(outcome: 'stored' | 'rejected' | 'failed'): void
  queueEntered(model: string, priority: string): void
  /** The request was admitted or rejected, or its client disconnected, after this time. */
  queueLeft(model: string, priority: string, seconds: number): void
  queueRefused(model: string, reason: string): void
  ended(call: CallRecord): void
}

/** An observer implements only the methods that it needs. */
export type PartialCallSpan = Partial<Omit<CallSpan, 'attemptStarted' | 'ended'>> & {
  attemptStarted?(attempt: AttemptStart): AttemptSpan | undefined
  ended(call: CallRecord): void
}

/** Gets reports of what happens to requests. Its methods must not throw and must not block. */
export interface Observer {
  callStarted(call: CallStart): PartialCallSpan
  requestRejected?(request: RejectedRequest): void
}

/** What the pipeline reports to. */
export interface Observers {
  callStarted(call: CallStart): CallSpan
  requestRejected(request: RejectedRequest): void
}
