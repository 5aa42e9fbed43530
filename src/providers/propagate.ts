// `propagate`: what a provider learns of the client's trace.
import { z } from 'zod'

const baggageKey = z.string().regex(/^[\w!#$%&'*+.^`|~-]{1,100}$/, {
  error: "is not a key of baggage; allowed: up to 100 letters, digits and !#$%&'*+.^_`|~-",
})

/** `true` or `false` alone is short for `{ trace }`. */
export const propagate = z.preprocess(
  (given) => (typeof given === 'boolean' ? { trace: given } : given),
  z
    .strictObject(
      {
        trace: z.boolean().optional(),
        baggage: z.array(baggageKey).max(64, { error: 'is too long; allowed: up to 64 keys' }).default([]),
      },
      {
        error: (issue) =>
          issue.code === 'invalid_type' ? 'is not valid here; allowed: true, false, or { trace, baggage }' : undefined,
      },
    )
    .prefault({}),
)

/** What a provider gets. */
export interface Propagates {
  /** `traceparent` and `tracestate`. */
  readonly trace: boolean
  /** Keys of `baggage`. */
  readonly baggage: ReadonlySet<string>
}
