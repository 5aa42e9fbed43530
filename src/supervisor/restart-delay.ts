/** A worker that lives this long has started well. */
export const SETTLED_MS = 5000

const FIRST_MS = 500
const LONGEST_MS = 10_000

/**
 * How long to wait before a worker is replaced, after so many in a row in its place that ended within seconds of their
 * start: the first is replaced at once, then 0.5 s, doubling up to 10 s.
 */
export const restartDelayMs = (quickEnds: number): number =>
  quickEnds < 2 ? 0 : Math.min(FIRST_MS * 2 ** (quickEnds - 2), LONGEST_MS)
