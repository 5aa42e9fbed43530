// Tokens of one attempt, as the upstream counted them. Undefined means that it reported no count, never zero.
import type { Extra } from './part.ts'

export interface Usage {
  /** All tokens of the prompt: read from a cache, written to one, or neither. */
  readonly input: number
  /** The part of `input` that was read from the upstream's prefix cache. */
  readonly cached?: number | undefined
  /**
   * The part of `input` that was written to an explicit cache; `cacheWrite1h`: the part of it that was written for an
   * hour.
   */
  readonly cacheWrite?: number | undefined
  readonly cacheWrite1h?: number | undefined
  /** All output tokens, including reasoning. */
  readonly output: number
  readonly reasoning?: number | undefined
  readonly audioInput?: number | undefined
  readonly audioOutput?: number | undefined
  readonly imageInput?: number | undefined
  readonly imageOutput?: number | undefined
  /** The part of `input` that came from tools that the provider ran. */
  readonly toolInput?: number | undefined
  /** Other counts of the upstream, in its own names and nesting: cost, timings, predicted tokens. */
  readonly extra?: Extra | undefined
}

/**
 * The prompt tokens for which no cache was used. Never negative, although some upstreams report more cached than input
 * tokens.
 */
export const uncachedInput = (usage: Usage): number =>
  Math.max(0, usage.input - (usage.cached ?? 0) - (writtenInput(usage) ?? 0))

/**
 * The prompt tokens that were written to a cache. Read and written tokens together cannot exceed the prompt: gateways in
 * front of Gemini report the same tokens as both, and they were read.
 */
export const writtenInput = ({ input, cached = 0, cacheWrite }: Usage): number | undefined =>
  cacheWrite !== undefined && cached > 0 && cached + cacheWrite > input ? 0 : cacheWrite
