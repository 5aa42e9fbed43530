// Who is told what happens to requests: metrics and the log line are the first two. Nothing here waits.
import type { GatewayError } from '../errors.ts'

/** A request as it arrives. */
export interface CallStart {
  readonly id: string
  readonly method: string
  readonly headers: Headers
  /** Of the monotonic clock. */
  readonly startedMs: number
}

/** What is known of a request when it has ended. Durations are in milliseconds. */
export interface CallRecord {
  readonly id: string
  readonly method: string
  /** The route's prefix; empty for the open one. */
  readonly route: string
  readonly operation: string
  readonly status: number
  readonly durationMs: number
  /** The gateway's own share of the time; undefined for a stream. */
  readonly overheadMs: number | undefined
  readonly stream: boolean
  readonly model: string | undefined
  readonly arm: string | undefined
  readonly provider: string | undefined
  readonly endpoint: string | undefined
  readonly attempts: number
  /** How often another endpoint continued a stream that broke. */
  readonly continuations: number
  readonly firstEventMs: number | undefined
  /** Of a stream: from its first event to its last byte. */
  readonly streamedMs: number | undefined
  readonly usage: TokenCounts | undefined
  /** The client's format and the one of the upstream that answered, where they differ. */
  readonly translation: { readonly from: string; readonly to: string } | undefined
  /** What was left out or changed of the request, or of the response. */
  readonly warnings: readonly string[] | undefined
  readonly error: GatewayError | undefined
  /** The client disconnected, and the response was read to its end without it. */
  readonly finished: boolean
  /** Whether the request gets a log line. */
  readonly writes: boolean
}

/** A request to an unknown path or with a wrong method. Both are chosen by the client: they are in the error's message, and only there. */
export interface RejectedRequest {
  readonly id: string
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

/** An endpoint as observers name it. */
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

/** The same when it has ended. */
export interface AttemptEnd extends AttemptStart {
  readonly endedMs: number | undefined
  readonly usage: TokenCounts | undefined
  readonly error: GatewayError | undefined
}

/** Takes facts about one attempt. */
export interface AttemptSpan {
  /** The first event of a stream. */
  firstEvent?(nowMs: number): void
  /** The endpoint may have this number of requests in flight from now on, as was learned. */
  endpointLimit?(limit: number): void
  ended(attempt: AttemptEnd): void
}

/** Takes facts about one request. */
export interface CallSpan {
  attemptStarted(attempt: AttemptStart): AttemptSpan
  splitChosen(choice: { readonly split: string; readonly arm: string; readonly forced: boolean }): void
  /** `kind`: the list in which the fallback model stands. */
  fallbackTaken(kind: string, from: string, to: string): void
  /** A second attempt was sent beside a slow one. */
  hedgeSent(model: string): void
  /** It began to answer first. */
  hedgeWon(model: string): void
  limitExceeded(scope: string): void
  queueEntered(model: string, priority: string): void
  /** Admitted, refused or disconnected, after this time. */
  queueLeft(model: string, priority: string, seconds: number): void
  queueRefused(model: string, reason: string): void
  ended(call: CallRecord): void
}

/** An observer leaves out what it does not want to know. */
export type PartialCallSpan = Partial<Omit<CallSpan, 'attemptStarted' | 'ended'>> & {
  attemptStarted?(attempt: AttemptStart): AttemptSpan | undefined
  ended(call: CallRecord): void
}

/** Something that wants to know what happens to requests. Its methods must not throw, and must not wait. */
export interface Observer {
  callStarted(call: CallStart): PartialCallSpan
  requestRejected?(request: RejectedRequest): void
}

/** What the pipeline reports to. */
export interface Observers {
  callStarted(call: CallStart): CallSpan
  requestRejected(request: RejectedRequest): void
}
