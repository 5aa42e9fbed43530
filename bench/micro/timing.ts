/** Nanoseconds per call of `run`: the best of five runs of about 40 ms each, so that other work on the machine does not count. */
export function nanosecondsPerCall(run: () => unknown): number {
  const warmUp = timed(run, 200) / 200
  const count = Math.max(20, Math.round(40_000_000 / warmUp))
  return Math.min(...Array.from({ length: 5 }, () => timed(run, count) / count))
}

function timed(run: () => unknown, count: number): number {
  const start = Bun.nanoseconds()
  for (let index = 0; index < count; index++) run()
  return Bun.nanoseconds() - start
}
