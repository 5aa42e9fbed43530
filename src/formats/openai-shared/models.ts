// What OpenAI's own models take, by their names. Models of others are not listed: their servers ignore or explain.

/** `gpt-5.6` as 5.6; undefined for other families. */
function gptVersion(model: string): number | undefined {
  const [, version] = /(?:^|\/)gpt-(\d+(?:\.\d+)?)/.exec(model) ?? []
  return version === undefined ? undefined : Number(version)
}

const isOSeries = (model: string): boolean => /(?:^|\/)o\d/.test(model)

/** gpt-5.6 and later write explicit cache entries. Source: https://platform.openai.com/docs/guides/prompt-caching */
export const writesCacheBreakpoints = (model: string): boolean => (gptVersion(model) ?? 0) >= 5.6

export interface ReasoningFamily {
  /** The effort when nothing is said. */
  readonly defaultEffort: 'none' | 'medium'
  /** It can be told not to think. */
  readonly canBeOff: boolean
}

/**
 * How OpenAI's model `baseModel` thinks: undefined for models of others, null for OpenAI's that do not.
 * Source: https://platform.openai.com/docs/guides/reasoning
 */
export function reasoningFamily(model: string): ReasoningFamily | null | undefined {
  if (isOSeries(model)) return { defaultEffort: 'medium', canBeOff: false }
  const version = gptVersion(model)
  if (version === undefined) return /(?:^|\/)(chatgpt-|ft:gpt-)/.test(model) ? null : undefined
  if (version < 5 || model.includes('-chat')) return null
  return version > 5 ? { defaultEffort: 'none', canBeOff: true } : { defaultEffort: 'medium', canBeOff: false }
}
