import type { Call } from './call.ts'

/** Answers a call. */
export type Handle = (call: Call) => Promise<Response>

/** One concern around the rest of the way: it may answer itself, or do something before and after `next`. */
export type Step = (next: Handle) => Handle

/** The steps around `last`, the first of them outermost. */
export const compose = (steps: readonly Step[], last: Handle): Handle =>
  steps.reduceRight((next, step) => step(next), last)
