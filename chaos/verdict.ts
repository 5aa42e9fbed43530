/** What a client got, judged against what the simulated servers say to everybody. */
export type Verdict =
  /** Everything, to the last character and token. */
  | { readonly type: 'exact' }
  /** Nothing or only the beginning, and it says so. */
  | { readonly type: 'error'; readonly code: string }
  /** The connection ended before the answer did; what had come is true. */
  | { readonly type: 'beginning' }
  | { readonly type: 'lie'; readonly what: string }

/** What came over the wire. */
export interface Heard {
  readonly status: number
  readonly contentType: string
  readonly body: string
  /** False when the connection ended before the HTTP answer did. */
  readonly isComplete: boolean
}

/** Thrown by the checks, caught by `judge`. */
export class Lie extends Error {
  override readonly name = 'Lie'
}

/** Throws a Lie unless it holds. */
export function insist(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Lie(what)
}

/** Long texts differ somewhere: where, and in what. */
export function difference(expected: string, found: string): string {
  let at = 0
  while (at < expected.length && expected[at] === found[at]) at++
  const around = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 15), at + 25))
  return `at character ${at} of ${expected.length}, ${around(expected)} became ${around(found)}`
}
