import type { Extra } from '../../../chat/part.ts'
import type { Usage } from '../../../chat/usage.ts'
import { defined } from '../../fields/defined.ts'
import { isRecord } from '../../fields/fields.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/**
 * Decodes `usage`; undefined if not an object. `input_tokens` includes cached tokens, `output_tokens` includes
 * reasoning.
 */
export function decodeUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined
  const [prompt, answer] = [detailsOf(value[PROMPT]), detailsOf(value[ANSWER])]
  return {
    input: count(value['input_tokens']) ?? 0,
    output: count(value['output_tokens']) ?? 0,
    ...defined({
      cached: count(prompt['cached_tokens']),
      cacheWrite: count(prompt['cache_write_tokens']),
      reasoning: count(answer['reasoning_tokens']),
      extra: extraOf(value, prompt, answer),
    }),
  }
}

const detailsOf = (value: unknown): JsonObject => (isRecord(value) ? value : {})

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined

const [PROMPT, ANSWER] = ['input_tokens_details', 'output_tokens_details'] as const

const READ: ReadonlySet<string> = new Set([
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
])

function extraOf(usage: JsonObject, prompt: JsonObject, answer: JsonObject): Extra | undefined {
  const [inPrompt, inAnswer] = [restOf(prompt), restOf(answer)]
  const { [PROMPT]: _, [ANSWER]: __, ...rest } = usage
  return restOf({
    ...restOf(rest),
    ...(inPrompt && { [PROMPT]: inPrompt }),
    ...(inAnswer && { [ANSWER]: inAnswer }),
  })
}

function restOf(fields: JsonObject): Extra | undefined {
  const left = Object.entries(fields).filter(([key, value]) => !READ.has(key) && value !== null && value !== undefined)
  return left.length > 0 ? Object.fromEntries(left) : undefined
}

/** Encodes `usage`. Clients rely on every key, so missing counts are 0. */
export function encodeUsage(usage: Usage, keepsExtra: boolean): object {
  const { [PROMPT]: prompt, [ANSWER]: answer, ...extra } = (keepsExtra && usage.extra) || {}
  return {
    input_tokens: usage.input,
    input_tokens_details: {
      cached_tokens: usage.cached ?? 0,
      cache_write_tokens: usage.cacheWrite ?? 0,
      ...(prompt as object | undefined),
    },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0, ...(answer as object | undefined) },
    total_tokens: usage.input + usage.output,
    ...extra,
  }
}
