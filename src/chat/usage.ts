// Tokens of one call, as the upstream counted them. Undefined is "it does not say", never zero.
import type { Extra } from './part.ts'

export interface Usage {
  /** All tokens of the prompt: read from a cache, written to one, and neither. */
  readonly input: number
  /** The part of `input` that was read from the upstream's prefix cache. */
  readonly cached?: number | undefined
  /** The part of `input` that was written to an explicit cache, and of that what was written for an hour. */
  readonly cacheWrite?: number | undefined
  readonly cacheWrite1h?: number | undefined
  /** All tokens of the answer, reasoning included. */
  readonly output: number
  readonly reasoning?: number | undefined
  readonly audioInput?: number | undefined
  readonly audioOutput?: number | undefined
  readonly imageInput?: number | undefined
  readonly imageOutput?: number | undefined
  /** The part of `input` that came of tools that the provider ran. */
  readonly toolInput?: number | undefined
  /** What else the upstream counted: cost, timings, predicted tokens. In its own words and nesting. */
  readonly extra?: Extra | undefined
}

/** What of the prompt no cache was used for. Some upstreams report more cached than there is: never below zero. */
export const uncachedInput = ({ input, cached = 0, cacheWrite = 0 }: Usage): number =>
  Math.max(0, input - cached - cacheWrite)
