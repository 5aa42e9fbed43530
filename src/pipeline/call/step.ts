import type { Call } from './call.ts'

/** Produces the response to a call. */
export type Handle = (call: Call) => Promise<Response>

/** One concern of the pipeline: it may respond itself, or act before and after `next`. */
export type Step = (next: Handle) => Handle

/** Wraps `last` in the steps; the first step is the outermost. */
export const compose = (steps: readonly Step[], last: Handle): Handle =>
  steps.reduceRight((next, step) => step(next), last)
