import type { GatewayError } from '../errors.ts'

/** What is known of a call when it has ended. Durations are in milliseconds. */
export interface CallRecord {
  readonly id: string
  readonly method: string
  /** The route's prefix; empty for the open one. */
  readonly route: string
  readonly operation: string
  readonly status: number
  readonly durationMs: number
  /** Our own share of the time; for a stream the share before its first event. */
  readonly overheadMs: number | undefined
  readonly stream: boolean
  readonly model: string | undefined
  readonly arm: string | undefined
  readonly provider: string | undefined
  readonly endpoint: string | undefined
  readonly attempts: number
  /** How often another endpoint went on with a stream that broke. */
  readonly continuations: number
  readonly firstEventMs: number | undefined
  /** Of a stream: from its first event to its last byte. */
  readonly streamedMs: number | undefined
  readonly usage: TokenCounts | undefined
  /** The client's language and the one that the upstream was asked in, where they differ. */
  readonly translation: { readonly from: string; readonly to: string } | undefined
  /** What was left out or changed of the request, or of the answer. */
  readonly warnings: readonly string[] | undefined
  readonly error: GatewayError | undefined
  /** The client left, and the answer was read to its end without it. */
  readonly finished: boolean
  /** Whether the call gets a log line. */
  readonly writes: boolean
}

/** A request that is no call. Its method and its path are a stranger's: they are in the error's message, and only there. */
export interface RefusedRequest {
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

/** An endpoint as telemetry names it. */
export interface AttemptTarget {
  readonly id: string
  readonly provider: { readonly name: string }
}

/** Where the path of a call reports to. Nothing here waits. */
export interface Telemetry {
  callStarted(): void
  /** A request that is no call: an unknown path, a wrong method. */
  requestRefused(request: RefusedRequest): void
  callEnded(call: CallRecord): void
  attemptStarted(target: AttemptTarget, model: string): void
  attemptEnded(target: AttemptTarget, model: string, seconds: number, error: string | undefined): void
  splitChosen(choice: { readonly split: string; readonly arm: string; readonly forced: boolean }): void
  /** `kind`: the list that it was found in. */
  fallbackTaken(kind: string, from: string, to: string): void
  /** A second endpoint was asked beside a slow one; and was faster. */
  hedgeSent(model: string): void
  hedgeWon(model: string): void
  limitExceeded(scope: string): void
  queueEntered(model: string, priority: string): void
  /** For whatever reason, after so many seconds. */
  queueLeft(model: string, priority: string, seconds: number): void
  queueRefused(model: string, reason: string): void
  endpointLimit(endpoint: string, limit: number): void
}
