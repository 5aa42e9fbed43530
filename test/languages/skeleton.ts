import { isRecord } from '../../src/formats/fields/fields.ts'

/** Fields whose texts are words of the language, of which a client knows all. */
const WORDS =
  /^(?:type|object|role|status|.*reason|finishReason|blockReason|service_tier|include|.*effort|ttl|verbosity|detail|phase|mode|tool_choice|truncation|status|category|probability|format|language|outcome|modality|traffic_type|trafficType|media_type|code)$/

/**
 * What a value looks like: texts that anybody may choose and numbers are all the same, lists hold each look once. So a
 * thousand chunks of streams come to some dozens. `without`: fields that are left out wherever they stand.
 */
export function skeletonOf(value: unknown, without: readonly string[] = [], key = ''): unknown {
  if (typeof value === 'string') return WORDS.test(key) && value.length < 40 ? value : 'x'
  if (typeof value === 'number') return 1
  if (Array.isArray(value)) {
    const looks = value.map((item) => skeletonOf(item, without, key))
    return [...new Map(looks.map((look) => [JSON.stringify(look), look])).values()]
  }
  if (!isRecord(value)) return value
  const fields = Object.entries(value).filter(([name]) => !without.includes(name))
  return Object.fromEntries(fields.map(([name, field]) => [name, skeletonOf(field, without, name)]))
}
