import type { Extra } from '../../../chat/part.ts'
import { uncachedInput, type Usage, writtenInput } from '../../../chat/usage.ts'
import { isRecord } from '../../fields/fields.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const count = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** Fields that are read. Some counts occur under two names, and the total is the sum of all others. */
const READ: ReadonlySet<string> = new Set([
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'cacheReadInputTokens',
  'cacheReadInputTokenCount',
  'cacheWriteInputTokens',
  'cacheWriteInputTokenCount',
  'cacheDetails',
])

/** Reads usage. `inputTokens` excludes tokens that were read from or written to a cache. */
export function decodeUsage(wire: JsonObject): Usage {
  const cached = count(wire['cacheReadInputTokens']) ?? count(wire['cacheReadInputTokenCount'])
  const cacheWrite = count(wire['cacheWriteInputTokens']) ?? count(wire['cacheWriteInputTokenCount'])
  const extra = restOf(wire)
  return {
    input: (count(wire['inputTokens']) ?? 0) + (cached ?? 0) + (cacheWrite ?? 0),
    cached,
    cacheWrite,
    cacheWrite1h: writtenForAnHour(wire['cacheDetails']),
    output: count(wire['outputTokens']) ?? 0,
    ...(extra && { extra }),
  }
}

function writtenForAnHour(details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined
  const rows = (details as unknown[]).filter(isRecord)
  return rows.reduce((sum, row) => sum + (row['ttl'] === '1h' ? (count(row['inputTokens']) ?? 0) : 0), 0)
}

/** Unread fields without nulls and empty objects, such as `serverToolUsage: {}`. */
function restOf(wire: JsonObject): Extra | undefined {
  const isSet = (value: unknown) => value != null && !(isRecord(value) && Object.keys(value).length === 0)
  const rest = Object.entries(wire).filter(([key, value]) => !READ.has(key) && isSet(value))
  return rest.length > 0 ? Object.fromEntries(rest) : undefined
}

/** Writes usage, without counts that Converse does not have. Output includes reasoning. */
export function encodeUsage(usage: Usage = { input: 0, output: 0 }, isOwn: boolean): JsonObject {
  const { cached, output, extra } = usage
  const cacheWrite = writtenInput(usage)
  const cacheWrite1h = usage.cacheWrite1h === undefined ? undefined : Math.min(usage.cacheWrite1h, cacheWrite ?? 0)
  const input = uncachedInput(usage)
  return {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input + (cached ?? 0) + (cacheWrite ?? 0) + output,
    ...(cached !== undefined && { cacheReadInputTokens: cached }),
    ...(cacheWrite !== undefined && { cacheWriteInputTokens: cacheWrite }),
    ...(cacheWrite1h !== undefined && { cacheDetails: detailsOf((cacheWrite ?? 0) - cacheWrite1h, cacheWrite1h) }),
    ...(isOwn && extra),
  }
}

const detailsOf = (fiveMinutes: number, hour: number): object[] =>
  [
    { ttl: '1h', inputTokens: hour },
    { ttl: '5m', inputTokens: fiveMinutes },
  ].filter(({ inputTokens }) => inputTokens > 0)
