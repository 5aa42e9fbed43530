import { isRecord } from '../../src/formats/fields/fields.ts'

/** Fields whose texts are constants of the format, all of which a client knows. */
const WORDS =
  /^(?:type|object|role|status|.*reason|finishReason|blockReason|service_tier|include|.*effort|ttl|verbosity|detail|phase|mode|tool_choice|truncation|status|category|probability|format|language|outcome|modality|traffic_type|trafficType|media_type|code)$/

/**
 * The shape of a value: free texts and numbers are replaced, and a list holds each shape once. So thousands of stream
 * chunks reduce to a few dozen. `without`: fields that are removed at any depth.
 */
export function skeletonOf(value: unknown, without: readonly string[] = [], key = ''): unknown {
  if (typeof value === 'string') return WORDS.test(key) && value.length < 40 ? value : 'x'
  if (typeof value === 'number') return 1
  if (Array.isArray(value)) {
    const shapes = value.map((item) => skeletonOf(item, without, key))
    return [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()]
  }
  if (!isRecord(value)) return value
  const fields = Object.entries(value).filter(([name]) => !without.includes(name))
  return Object.fromEntries(fields.map(([name, field]) => [name, skeletonOf(field, without, name)]))
}
