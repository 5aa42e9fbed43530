import type { ErrorCode } from '../errors.ts'

/** Kinds of failure that a model may want to retry more or less often than others. */
export const retryKinds = ['connection', 'timeout', 'rateLimit', 'overload', 'server', 'credentials'] as const
export type RetryKind = (typeof retryKinds)[number]

/** How often, and how patiently, the calls of a model are tried again. */
export interface RetryRules {
  /** Tries after the first. */
  readonly retries: number
  /** Instead of `retries`, after a failure of one kind. */
  readonly after: Readonly<Partial<Record<RetryKind, number>>>
  /** How long one call may wait, in all, for the times that upstreams name. */
  readonly maxWaitMs: number
}

interface Kind {
  readonly kind: RetryKind
  /** Whether the endpoint that failed so may be asked once more, when there is no other. */
  readonly again: boolean
}

/** A timeout has used the time up, what is no answer will be none again, and a key does not mend itself. */
const KINDS: Readonly<Partial<Record<ErrorCode, Kind>>> = {
  upstream_unreachable: { kind: 'connection', again: true },
  upstream_reset: { kind: 'connection', again: true }, // often only a connection that had gone stale
  upstream_connect_timeout: { kind: 'connection', again: false },
  upstream_timeout: { kind: 'timeout', again: false },
  upstream_headers_timeout: { kind: 'timeout', again: false },
  upstream_first_event_timeout: { kind: 'timeout', again: false },
  upstream_idle_timeout: { kind: 'timeout', again: false },
  upstream_rate_limited: { kind: 'rateLimit', again: true },
  upstream_overloaded: { kind: 'overload', again: true },
  upstream_failed: { kind: 'server', again: true },
  upstream_malformed: { kind: 'server', again: false },
  upstream_cut: { kind: 'server', again: false },
  upstream_auth: { kind: 'credentials', again: false },
  upstream_not_found: { kind: 'credentials', again: false },
}

/** Tries after the first that a call may have made when this failure is not its last. */
export function retriesAfter(code: ErrorCode, { retries, after }: RetryRules): number {
  const kind = KINDS[code]?.kind
  return (kind && after[kind]) ?? retries
}

/** Whether the same endpoint may be asked once more after this failure. */
export const mayAskAgain = (code: ErrorCode): boolean => KINDS[code]?.again ?? false

const FIRST_BACKOFF_MS = 250
const LONGEST_BACKOFF_MS = 4000

/**
 * How long to wait before an endpoint is asked for the `time`-th time again (from 0): anything up to a bound that doubles, so that
 * callers who failed together do not come back together. Source: "full jitter" in
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const backoffMs = (time: number, random: () => number): number =>
  random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** time)
