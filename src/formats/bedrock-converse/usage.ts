import type { Extra } from '../../chat/part.ts'
import { uncachedInput, type Usage } from '../../chat/usage.ts'
import { isRecord } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'

type Wire = Readonly<Record<string, unknown>>

const count = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** Counts come twice, under two names; the total is the sum of all others. */
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

/** `inputTokens` leaves out what a cache was read or written for. */
export function decodeUsage(wire: Wire): Usage {
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

/** `serverToolUsage: {}` says that there was none. */
function restOf(wire: Wire): Extra | undefined {
  const isSaid = (value: unknown) => value != null && !(isRecord(value) && Object.keys(value).length === 0)
  const rest = Object.entries(wire).filter(([key, value]) => !READ.has(key) && isSaid(value))
  return rest.length > 0 ? Object.fromEntries(rest) : undefined
}

/** Splits of the counts that Converse has not are noted; reasoning is a part of the output. */
export function encodeUsage(usage: Usage = { input: 0, output: 0 }, isOwn: boolean, losses: Losses): Wire {
  const { cached, cacheWrite, cacheWrite1h, output, extra } = usage
  const input = uncachedInput(usage)
  if (!isOwn) for (const key in extra) losses.note(`usage.${key}`, 'removed: an answer has no such field there')
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
