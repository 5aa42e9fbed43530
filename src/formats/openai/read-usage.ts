/** Tokens of one call, as the upstream counted them. */
export interface Usage {
  readonly input: number
  /** The part of `input` that the upstream read from its prefix cache; undefined when it does not say. */
  readonly cached: number | undefined
  readonly output: number
}

/**
 * Reads a `usage` object; undefined when it is absent, null or no object.
 * Cached tokens: `prompt_tokens_details.cached_tokens` (OpenAI, vLLM), `prompt_cache_hit_tokens` (DeepSeek),
 * `num_cached_tokens` (Mistral).
 */
export function readUsage(text: string): Usage | undefined {
  let usage: unknown
  try {
    usage = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof usage !== 'object' || usage === null || Array.isArray(usage)) return undefined
  const fields = usage as Record<string, unknown>
  const details = fields['prompt_tokens_details'] as Record<string, unknown> | null | undefined
  return {
    input: count(fields['prompt_tokens']) ?? 0,
    cached:
      count(details?.['cached_tokens']) ??
      count(fields['prompt_cache_hit_tokens']) ??
      count(fields['num_cached_tokens']),
    output: count(fields['completion_tokens']) ?? 0,
  }
}

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
