export const LEVELS = ['minimal', 'low', 'medium', 'high'] as const
export type Level = (typeof LEVELS)[number]

/** How a model's thinking is controlled: by level, or by a budget in tokens. */
export type Thinking =
  | { readonly by: 'level'; readonly levels: readonly Level[] }
  | { readonly by: 'budget'; readonly min: number; readonly max: number; readonly canBeOff: boolean }

/** The capabilities of a family of models. */
export interface GeminiModel {
  /** Undefined: it does not think, or has no setting for it. */
  readonly thinking: Thinking | undefined
  /** It accepts JSON Schema; otherwise only a subset of OpenAPI schemas. */
  readonly supportsJsonSchema: boolean
  readonly supportsSystemInstruction: boolean
  /** It accepts images inside a tool result. */
  readonly supportsMediaInResults: boolean
  /** It rejects a call in the history that has no signature. */
  readonly requiresSignatures: boolean
}

const OLD: GeminiModel = {
  thinking: undefined,
  supportsJsonSchema: false,
  supportsSystemInstruction: true,
  supportsMediaInResults: false,
  requiresSignatures: false,
}
const GEMMA: GeminiModel = { ...OLD, supportsSystemInstruction: false }
const MODERN: GeminiModel = { ...OLD, supportsJsonSchema: true }
const THIRD: GeminiModel = { ...MODERN, supportsMediaInResults: true, requiresSignatures: true }

/** For a model with an unknown name (a tuned one). Every family that thinks accepts this budget. */
const ANY_BUDGET: Thinking = { by: 'budget', min: 512, max: 24_576, canBeOff: false }

const NAME = /gemini-(\d+)(?:\.(\d+))?(?:-(.*))?$/

/**
 * The capabilities of a model, by its name with or without a path. Sources:
 * https://ai.google.dev/gemini-api/docs/thinking, .../thought-signatures, .../function-calling, .../structured-output
 */
export function modelOf(name: string): GeminiModel {
  if (/gemma/.test(name)) return GEMMA
  const [, major, minor = '0', variant = ''] = NAME.exec(name) ?? []
  if (major === undefined) return { ...MODERN, thinking: ANY_BUDGET }
  const version = Number(major) + Number(minor) / 10
  const isMedia = /image|tts|audio/.test(variant)
  if (version < 2.5) return OLD
  if (version < 3) return { ...MODERN, thinking: isMedia ? undefined : budgetOf(variant) }
  // Image and audio models have no setting for thinking, and do not check signatures.
  return isMedia
    ? { ...THIRD, thinking: undefined, requiresSignatures: false }
    : { ...THIRD, thinking: levelsOf(version, variant) }
}

function budgetOf(variant: string): Thinking {
  if (variant.startsWith('pro')) return { by: 'budget', min: 128, max: 32_768, canBeOff: false }
  return { by: 'budget', min: variant.startsWith('flash-lite') ? 512 : 1, max: 24_576, canBeOff: true }
}

function levelsOf(version: number, variant: string): Thinking {
  if (!variant.startsWith('pro')) return { by: 'level', levels: LEVELS }
  return { by: 'level', levels: version < 3.1 ? ['low', 'high'] : ['low', 'medium', 'high'] }
}
