import type { ErrorCode } from '../errors.ts'

/** The kinds of failure whose number of retries can be configured. */
export const retryKinds = ['connection', 'timeout', 'rateLimit', 'overload', 'server', 'credentials'] as const
export type RetryKind = (typeof retryKinds)[number]

/** How often the calls of a model are retried, and how long they may wait for it. */
export interface RetryRules {
  /** Attempts after the first. */
  readonly retries: number
  /** Instead of `retries`, after a failure of one kind. */
  readonly after: Readonly<Partial<Record<RetryKind, number>>>
  /** How long one call may wait in total for the times that upstreams give in `retry-after`. */
  readonly maxWaitMs: number
}

interface Kind {
  readonly kind: RetryKind
  /** Whether the endpoint that failed may be retried if there is no other. */
  readonly sameEndpoint: boolean
}

/**
 * Not retried at the same endpoint: timeouts (the time is spent), invalid responses, and credentials (both would
 * fail again).
 */
const KINDS: Readonly<Partial<Record<ErrorCode, Kind>>> = {
  upstream_unreachable: { kind: 'connection', sameEndpoint: true },
  upstream_reset: { kind: 'connection', sameEndpoint: true }, // often only a stale connection
  upstream_connect_timeout: { kind: 'connection', sameEndpoint: false },
  upstream_timeout: { kind: 'timeout', sameEndpoint: false },
  upstream_headers_timeout: { kind: 'timeout', sameEndpoint: false },
  upstream_first_event_timeout: { kind: 'timeout', sameEndpoint: false },
  upstream_idle_timeout: { kind: 'timeout', sameEndpoint: false },
  upstream_rate_limited: { kind: 'rateLimit', sameEndpoint: true },
  upstream_overloaded: { kind: 'overload', sameEndpoint: true },
  upstream_failed: { kind: 'server', sameEndpoint: true },
  upstream_malformed: { kind: 'server', sameEndpoint: false },
  upstream_cut: { kind: 'server', sameEndpoint: false },
  upstream_auth: { kind: 'credentials', sameEndpoint: false },
  upstream_not_found: { kind: 'credentials', sameEndpoint: false },
}

/** The number of retries that a call may make after this failure, counted from its first attempt. */
export function retriesAfter(code: ErrorCode, { retries, after }: RetryRules): number {
  const kind = KINDS[code]?.kind
  return (kind && after[kind]) ?? retries
}

/** Whether the same endpoint may be retried after this failure. */
export const mayRetrySameEndpoint = (code: ErrorCode): boolean => KINDS[code]?.sameEndpoint ?? false

const INITIAL_BACKOFF_MS = 250
const MAX_BACKOFF_MS = 4000

/**
 * How long to wait before retry number `retry` (from 0) at an endpoint: a random time up to a bound that doubles, so that
 * calls that failed together are not retried together. Source: "full jitter" in
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const backoffMs = (retry: number, random: () => number): number =>
  random() * Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** retry)
