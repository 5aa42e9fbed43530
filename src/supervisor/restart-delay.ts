/** A worker that exits earlier than this after its start has exited quickly. */
export const SETTLED_MS = 5000

const FIRST_MS = 500
const LONGEST_MS = 10_000

/**
 * How long to wait before a worker is replaced. `quickExits`: how many in a row exited quickly in its place. The first
 * is replaced at once. Then the delay is 0.5 s, and doubles up to 10 s.
 */
export const restartDelayMs = (quickExits: number): number =>
  quickExits < 2 ? 0 : Math.min(FIRST_MS * 2 ** (quickExits - 2), LONGEST_MS)
