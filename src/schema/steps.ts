/** Long enough that few turns are spent on switching, short enough that no stream notices. */
const SLICE_MS = 4

/** Work in steps, between each of which it may pause. */
export type Steps<Result> = Generator<void, Result>

/** Does all steps in this turn of the event loop. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Does the steps in slices of some milliseconds, and everything else of the process between them. Throws as a step does. */
export async function inSlices<Result>(steps: Steps<Result>, clock = () => performance.now()): Promise<Result> {
  let pauseMs = clock() + SLICE_MS
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (clock() < pauseMs) continue
    await nextTurn()
    pauseMs = clock() + SLICE_MS
  }
}

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** Each item of a list, as one step. */
export function* eachInStep<Item, Result>(items: Iterable<Item>, make: (item: Item) => Result): Steps<Result[]> {
  const results: Result[] = []
  for (const item of items) {
    results.push(make(item))
    yield
  }
  return results
}
