/** The verdict on one response, compared with what the simulated servers return for the request. */
export type Verdict =
  /** Complete and correct, to the last character and token. */
  | { readonly type: 'exact' }
  /** An error response, or an error event after a correct beginning. */
  | { readonly type: 'error'; readonly code: string }
  /** The connection ended before the response did; what arrived is correct. */
  | { readonly type: 'incomplete' }
  | { readonly type: 'wrong'; readonly what: string }

/** What a client received. */
export interface Received {
  readonly status: number
  readonly contentType: string
  readonly body: string
  /** False if the connection ended before the HTTP response did. */
  readonly isComplete: boolean
}

/** Thrown by the checks, caught by `judge`. */
export class WrongResponse extends Error {
  override readonly name = 'WrongResponse'
}

/** Throws a WrongResponse unless it holds. */
export function assertThat(holds: boolean, what: string): asserts holds {
  if (!holds) throw new WrongResponse(what)
}

/** Describes the first difference of two texts: its position, and the text around it. */
export function difference(expected: string, found: string): string {
  let at = 0
  while (at < expected.length && expected[at] === found[at]) at++
  const around = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 15), at + 25))
  return `at character ${at} of ${expected.length}, ${around(expected)} became ${around(found)}`
}
