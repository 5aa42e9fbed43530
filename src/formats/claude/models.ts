// What the families of Claude take. Source: https://platform.claude.com/docs/en/about-claude/models/overview and the
// errors that gateways met; by version, since names differ by cloud: `us.anthropic.claude-sonnet-4-5-20250929-v1:0`,
// `claude-3-7-sonnet@20250219`, `anthropic/claude-opus-4.1`.

export interface ClaudeModel {
  /** Tokens of answer and thought at most. */
  readonly maxOutput: number
  /** `manual`: on with a budget, or off; `adaptive`: as it sees fit, by effort. */
  readonly thinking: 'none' | 'manual' | 'adaptive'
  /** It knows the effort `xhigh`. */
  readonly hasXhigh: boolean
  /** `one`: temperature or top_p, not both; `none`: neither, nor top_k. */
  readonly sampling: 'all' | 'one' | 'none'
  /** It goes on with a last message of the assistant. */
  readonly takesPrefill: boolean
  /** It answers by a JSON schema. */
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

/** Somebody else's model behind Anthropic's language: nothing is known, so nothing is left out but what few have. */
const STRANGER: ClaudeModel = { ...THINKING, maxOutput: 32_000 }

/** Version times a hundred, and from there on; newest first. `tier`: of these names only. */
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

/** A date is no minor version: `claude-opus-4-20250514` is 4.0. */
const VERSION = /claude-(?:[a-z]+-)*?v?(\d{1,2})(?:[-.](\d{1,2})(?!\d))?(?!\d)/

/** What the model takes. A Claude without a version in its name is taken for a new one. */
export function claudeModel(name: string): ClaudeModel {
  const lower = name.toLowerCase()
  const [, major, minor = '0'] = VERSION.exec(lower) ?? []
  if (major === undefined) return lower.includes('claude') ? NEWEST : STRANGER
  const version = Number(major) * 100 + Number(minor)
  return ROWS.find(({ from, tier }) => version >= from && (tier?.test(lower) ?? true))!.model
}
