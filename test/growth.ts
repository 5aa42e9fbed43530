// Whether work grows with its input or with the square of it: the time for n is compared with the time for 10 n.

/** Processor time, since what others do on the machine counts in no other; the least of several runs. */
function leastMicros(run: () => unknown): number {
  let least = Infinity
  for (let round = 0; round < 7; round++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, user + system)
  }
  return least
}

/** A quicker run is not measured well. */
const SHORTEST_MICROS = 200

/** How many times longer 10 n takes than n: some 10 when it grows with its input, 100 when with the square of it. */
export function growth<T>(n: number, inputOf: (n: number) => T, run: (input: T) => unknown): number {
  const [small, large] = [inputOf(n), inputOf(10 * n)]
  for (const input of [small, large]) run(input) // compiled, and its memory there, before it counts
  const smallMicros = leastMicros(() => run(small))
  return leastMicros(() => run(large)) / Math.max(SHORTEST_MICROS, smallMicros)
}

/** Between 10 and 100. */
export const LINEAR = 40
