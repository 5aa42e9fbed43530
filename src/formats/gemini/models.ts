export const LEVELS = ['minimal', 'low', 'medium', 'high'] as const
export type Level = (typeof LEVELS)[number]

/** How a model is told how much to think: in levels, or in tokens of thought. */
export type Thinking =
  | { readonly by: 'level'; readonly levels: readonly Level[] }
  | { readonly by: 'budget'; readonly least: number; readonly most: number; readonly canBeOff: boolean }

/** What a family of models takes. */
export interface GeminiModel {
  /** Undefined: it does not think, or cannot be told. */
  readonly thinking: Thinking | undefined
  /** JSON Schema as it is; else the subset of OpenAPI's. */
  readonly takesJsonSchema: boolean
  readonly takesInstructions: boolean
  /** Pictures inside the result of a tool. */
  readonly takesMediaInResults: boolean
  /** It refuses a call in the history that lacks its signature. */
  readonly wantsSignatures: boolean
}

const OLD: GeminiModel = {
  thinking: undefined,
  takesJsonSchema: false,
  takesInstructions: true,
  takesMediaInResults: false,
  wantsSignatures: false,
}
const GEMMA: GeminiModel = { ...OLD, takesInstructions: false }
const MODERN: GeminiModel = { ...OLD, takesJsonSchema: true }
const THIRD: GeminiModel = { ...MODERN, takesMediaInResults: true, wantsSignatures: true }

/** Of a model whose name says nothing (a tuned one): every family that thinks takes this budget. */
const ANY_BUDGET: Thinking = { by: 'budget', least: 512, most: 24_576, canBeOff: false }

const NAME = /gemini-(\d+)(?:\.(\d+))?(?:-(.*))?$/

/**
 * The abilities of a model, by its name with or without a path before it. Sources:
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
  // Models that draw think as they like, and do not check signatures.
  return isMedia
    ? { ...THIRD, thinking: undefined, wantsSignatures: false }
    : { ...THIRD, thinking: levelsOf(version, variant) }
}

function budgetOf(variant: string): Thinking {
  if (variant.startsWith('pro')) return { by: 'budget', least: 128, most: 32_768, canBeOff: false }
  return { by: 'budget', least: variant.startsWith('flash-lite') ? 512 : 1, most: 24_576, canBeOff: true }
}

function levelsOf(version: number, variant: string): Thinking {
  if (!variant.startsWith('pro')) return { by: 'level', levels: LEVELS }
  return { by: 'level', levels: version < 3.1 ? ['low', 'high'] : ['low', 'medium', 'high'] }
}
