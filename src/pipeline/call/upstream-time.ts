import type { AttemptRecord } from './attempt-record.ts'

/** A span of waiting without an attempt in flight, `[startMs, endMs]`, on the clock of the attempts. */
export type Wait = readonly [startMs: number, endMs: number]

/**
 * Milliseconds in which a request waited for upstreams. Overlapping attempts count once. `attempts` are ordered by
 * start.
 */
export function upstreamMs(attempts: readonly AttemptRecord[], waits: readonly Wait[]): number {
  let totalMs = 0
  let coveredUntilMs = -Infinity
  for (const [startMs, endMs] of spans(attempts, waits)) {
    totalMs += Math.max(0, endMs - Math.max(startMs, coveredUntilMs))
    coveredUntilMs = Math.max(coveredUntilMs, endMs)
  }
  return totalMs
}

function spans(attempts: readonly AttemptRecord[], waits: readonly Wait[]): readonly Wait[] {
  const ended: Wait[] = []
  for (const { startedMs, firstByteMs } of attempts) if (firstByteMs !== undefined) ended.push([startedMs, firstByteMs])
  return waits.length === 0 ? ended : [...ended, ...waits].toSorted(([a], [b]) => a - b)
}
