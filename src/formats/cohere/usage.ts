import type { Usage } from '../../chat/usage.ts'
import { defined } from '../fields/defined.ts'
import { isRecord } from '../fields/fields.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

const recordAt = (value: JsonObject, key: string): JsonObject =>
  isRecord(value[key]) ? (value[key] as JsonObject) : {}

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined

/**
 * Decodes usage. `tokens` counts everything that the model read and wrote, including Cohere's own instructions; the
 * billed units are lower, and are carried. Undefined if the value is not an object.
 */
export function decodeUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined
  const { tokens: _, cached_tokens: cached, ...rest } = value
  const [tokens, billed] = [recordAt(value, 'tokens'), recordAt(value, 'billed_units')]
  return {
    input: count(tokens['input_tokens']) ?? count(billed['input_tokens']) ?? 0,
    output: count(tokens['output_tokens']) ?? count(billed['output_tokens']) ?? 0,
    ...defined({ cached: count(cached) }),
    ...(Object.keys(rest).length > 0 && { extra: rest }),
  }
}

/** `isOwn`: also writes Cohere's other counts. */
export const encodeUsage = ({ input, output, cached, extra }: Usage, isOwn: boolean): object => ({
  billed_units: { input_tokens: input, output_tokens: output },
  ...(isOwn && extra),
  tokens: { input_tokens: input, output_tokens: output },
  ...defined({ cached_tokens: cached }),
})
