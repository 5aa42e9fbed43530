/**
 * Upper bounds in seconds, from 0.1 ms to 10 min: steps of 1-2-5 up to 10 s, then bounds that are common timeouts.
 *
 * All durations use the same bounds, so that they can be compared: Sluice's overhead is tenths of a millisecond, a
 * first token tens to thousands of milliseconds, a long response minutes. A bound is at most 3 times the one before,
 * and a quantile read from the histogram is off by at most that factor. Round bounds let an objective ("under 200 ms",
 * "under 30 s") be read exactly. Each bound is one line per series in each scrape, hence no finer steps.
 */
export const DURATION_BUCKETS: readonly number[] = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600,
]

/** Returns the index of the first bound that is at least `value`, or the number of bounds. `value` must not be NaN. */
export type FindBucket = (value: number) => number

/** The eleven bits of a double that hold its exponent: numbers within a factor of two share a cell of the table. */
const CELLS = 2048

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
const exponentOf = (positive: number) => {
  double[0] = positive
  return words[1]! >>> 20 // the upper word comes second: every machine Bun runs on is little-endian
}

/**
 * A search that starts at the smallest bound within the value's own power of two, so that it takes a step or two where
 * a search from the first bound takes as many as there are bounds. `bounds` ascend.
 */
export function createBucketFinder(bounds: readonly number[]): FindBucket {
  const sorted = Float64Array.from(bounds)
  const starts = new Uint16Array(CELLS)
  for (let cell = 0, index = 0; cell < CELLS; cell++) {
    while (index < sorted.length && !(sorted[index]! > 0 && exponentOf(sorted[index]!) >= cell)) index++
    starts[cell] = index
  }
  return (value) => {
    let index = value > 0 ? starts[exponentOf(value)]! : 0
    while (value > sorted[index]!) index++ // ends after the last bound: no comparison with undefined is true
    return index
  }
}
