// What OpenAI's own models accept, by name. Models of other providers are not listed: their servers ignore or report it.

/** `gpt-5.6` as 5.6; undefined for other families. */
function gptVersion(model: string): number | undefined {
  const [, version] = /(?:^|\/)gpt-(\d+(?:\.\d+)?)/.exec(model) ?? []
  return version === undefined ? undefined : Number(version)
}

const isOSeries = (model: string): boolean => /(?:^|\/)o\d/.test(model)

/** gpt-5.6 and later write explicit cache entries. Source: https://platform.openai.com/docs/guides/prompt-caching */
export const writesCacheBreakpoints = (model: string): boolean => (gptVersion(model) ?? 0) >= 5.6

/**
 * Whether Chat Completions rejects tools beside reasoning for this model; only Responses accepts both (gpt-5.4 and
 * later). Source: https://platform.openai.com/docs/guides/reasoning
 */
export const needsResponsesForTools = (model: string): boolean =>
  (gptVersion(model) ?? 0) >= 5.4 && !model.includes('-chat')

/**
 * The same for a request that a client wrote for Chat Completions. `effort`: what it asks for; without one gpt-5.6 and later
 * reason, and older models do not.
 */
export const rejectsToolsInChat = (model: string, effort: string | undefined): boolean =>
  needsResponsesForTools(model) && (effort === undefined ? gptVersion(model)! >= 5.6 : effort !== 'none')

/**
 * Whether the messages of this model have a phase: what it says between calls, or its answer (gpt-5.3 and later). It does
 * worse without it. Source: https://platform.openai.com/docs/api-reference/responses/create
 */
export const hasPhases = (model: string): boolean => (gptVersion(model) ?? 0) >= 5.3 && !model.includes('-chat')

export interface ReasoningFamily {
  /** The effort if the request states none. */
  readonly defaultEffort: 'none' | 'medium'
  /** Reasoning can be turned off. */
  readonly canBeOff: boolean
}

/**
 * The reasoning behaviour of one of OpenAI's models; undefined for models of other providers, null for OpenAI's models
 * that do not reason.
 * Source: https://platform.openai.com/docs/guides/reasoning
 */
export function reasoningFamily(model: string): ReasoningFamily | null | undefined {
  if (isOSeries(model)) return { defaultEffort: 'medium', canBeOff: false }
  const version = gptVersion(model)
  if (version === undefined) return /(?:^|\/)(chatgpt-|ft:gpt-)/.test(model) ? null : undefined
  if (version < 5 || model.includes('-chat')) return null
  return version > 5 ? { defaultEffort: 'none', canBeOff: true } : { defaultEffort: 'medium', canBeOff: false }
}
