/** The costs of one server in milliseconds, and the size of its cache. */
export interface Profile {
  /** Reading the weights once: no step is cheaper in matrix products. */
  readonly floorMs: number
  /** Matrix products, per token of the step. */
  readonly gemmMs: number
  /** Elementwise work and all-reduce, per token of the step. */
  readonly linearMs: number
  /** Launch, scheduler and sampler, per step. */
  readonly fixedMs: number
  /** Prefill attention, per pair of tokens. */
  readonly pairMs: number
  /** Decode attention, per token of context. */
  readonly contextMs: number
  /** Tokens whose keys and values fit in memory. */
  readonly kvTokens: number
}

/**
 * `8b` and `70b` are fits to measured kernels (8B on one H100, 70B on four, BF16; ai-dynamo/aiconfigurator, vLLM 0.24).
 * `1b` and `3b` are scaled down from `8b` so that a chat on a laptop responds quickly; they were not measured.
 */
export const PROFILES = {
  '1b': {
    floorMs: 0.8,
    gemmMs: 0.0023,
    linearMs: 0.0003,
    fixedMs: 0.7,
    pairMs: 2e-7,
    contextMs: 1e-5,
    kvTokens: 1_000_000,
  },
  '3b': {
    floorMs: 2.2,
    gemmMs: 0.0068,
    linearMs: 0.0009,
    fixedMs: 1,
    pairMs: 4e-7,
    contextMs: 2e-5,
    kvTokens: 600_000,
  },
  '8b': {
    floorMs: 5.7,
    gemmMs: 0.018,
    linearMs: 0.0022,
    fixedMs: 1.5,
    pairMs: 8.5e-7,
    contextMs: 4.3e-5,
    kvTokens: 432_000,
  },
  '70b': {
    floorMs: 13,
    gemmMs: 0.044,
    linearMs: 0.0195,
    fixedMs: 3,
    pairMs: 1.05e-6,
    contextMs: 2.8e-5,
    kvTokens: 468_000,
  },
} as const satisfies Record<string, Profile>

export type ProfileName = keyof typeof PROFILES

/**
 * Milliseconds of one step with `tokens` tokens, `pairs` pairs of prefill attention (a piece of c tokens at position x has
 * c * (x + c/2)), and `context` tokens of context of the decoding sequences.
 */
export const stepMs = (profile: Profile, tokens: number, pairs: number, context: number): number =>
  Math.max(profile.floorMs, profile.gemmMs * tokens) +
  profile.linearMs * tokens +
  profile.fixedMs +
  profile.pairMs * pairs +
  profile.contextMs * context
