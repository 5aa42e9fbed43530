// Capabilities of Claude models, by version, because names differ by cloud:
// `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `claude-3-7-sonnet@20250219`, `anthropic/claude-opus-4.1`.
// Sources: https://platform.claude.com/docs/en/about-claude/models/overview and upstream errors seen in production.

export interface ClaudeModel {
  /** Maximum output tokens, thinking included. */
  readonly maxOutput: number
  /** `manual`: on with a token budget, or off; `adaptive`: the model decides, guided by the effort. */
  readonly thinking: 'none' | 'manual' | 'adaptive'
  /** It supports the effort `xhigh`. */
  readonly hasXhigh: boolean
  /** `one`: temperature or top_p, not both; `none`: neither of them, and no top_k. */
  readonly sampling: 'all' | 'one' | 'none'
  /** It continues a last message of the assistant (prefill). */
  readonly takesPrefill: boolean
  /** It supports structured output by a JSON schema. */
  readonly hasSchemas: boolean
}

const OLD: ClaudeModel = {
  maxOutput: 4096,
  thinking: 'none',
  hasXhigh: false,
  sampling: 'all',
  takesPrefill: true,
  hasSchemas: false,
}
const THINKING: ClaudeModel = { ...OLD, maxOutput: 64_000, thinking: 'manual' }
const SCHEMAS: ClaudeModel = { ...THINKING, sampling: 'one', hasSchemas: true }
const ADAPTIVE: ClaudeModel = { ...SCHEMAS, maxOutput: 128_000, thinking: 'adaptive', takesPrefill: false }
const NEWEST: ClaudeModel = { ...ADAPTIVE, hasXhigh: true, sampling: 'none' }

/**
 * Another maker's model behind the Anthropic format. Its capabilities are unknown, so only rare ones are assumed
 * absent.
 */
const OTHER_MAKER: ClaudeModel = { ...THINKING, maxOutput: 32_000 }

/** By lowest version (times 100), newest first. `tier`: the row applies to matching names only. */
const ROWS: readonly { readonly from: number; readonly tier?: RegExp; readonly model: ClaudeModel }[] = [
  { from: 407, tier: /haiku/, model: { ...NEWEST, maxOutput: 64_000 } },
  { from: 407, model: NEWEST },
  { from: 406, model: ADAPTIVE },
  { from: 405, model: SCHEMAS },
  { from: 401, model: { ...SCHEMAS, maxOutput: 32_000 } },
  { from: 400, tier: /opus/, model: { ...THINKING, maxOutput: 32_000 } },
  { from: 400, model: THINKING },
  { from: 307, model: THINKING },
  { from: 305, model: { ...OLD, maxOutput: 8192 } },
  { from: 0, model: OLD },
]

/** A date is not a minor version: `claude-opus-4-20250514` is 4.0. */
const VERSION = /claude-(?:[a-z]+-)*?v?(\d{1,2})(?:[-.](\d{1,2})(?!\d))?(?!\d)/

/** The capabilities of a model. A Claude model without a version in its name is treated as the newest. */
export function claudeModel(name: string): ClaudeModel {
  const lower = name.toLowerCase()
  const [, major, minor = '0'] = VERSION.exec(lower) ?? []
  if (major === undefined) return lower.includes('claude') ? NEWEST : OTHER_MAKER
  const version = Number(major) * 100 + Number(minor)
  return ROWS.find(({ from, tier }) => version >= from && (tier?.test(lower) ?? true))!.model
}
