// The remaining rate limits of an upstream, as response headers in the style of each family of clients.
import type { ReadableHeaders } from '../../codecs/http1/header-fields.ts'

interface Limit {
  readonly limit?: number
  readonly remaining?: number
  /** Milliseconds until the limit is fully available again. */
  readonly resetMs?: number
}

export type LimitKind = 'requests' | 'tokens' | 'input-tokens' | 'output-tokens'
export type RateLimits = Readonly<Partial<Record<LimitKind, Limit>>>

/** How one family of APIs writes limits. */
export interface LimitStyle {
  readonly kinds: readonly LimitKind[]
  readonly header: (kind: LimitKind, fact: 'limit' | 'remaining' | 'reset') => string
  readonly readReset: (text: string, nowMs: number) => number | undefined
  readonly writeReset: (resetMs: number, nowMs: number) => string
}

/** `x-ratelimit-remaining-tokens`, resets as durations. Source: https://platform.openai.com/docs/guides/rate-limits */
export const OPENAI_LIMITS: LimitStyle = {
  kinds: ['requests', 'tokens'],
  header: (kind, fact) => `x-ratelimit-${fact}-${kind}`,
  readReset: (text) => spanMs(text),
  writeReset: (resetMs) => (resetMs < 1000 ? `${Math.ceil(resetMs)}ms` : `${Math.ceil(resetMs / 1000)}s`),
}

/**
 * `anthropic-ratelimit-tokens-remaining`, resets as times. Source: https://platform.claude.com/docs/en/api/rate-limits
 */
export const ANTHROPIC_LIMITS: LimitStyle = {
  kinds: ['requests', 'tokens', 'input-tokens', 'output-tokens'],
  header: (kind, fact) => `anthropic-ratelimit-${kind}-${fact}`,
  readReset(text, nowMs) {
    const atMs = Date.parse(text)
    return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
  },
  writeReset: (resetMs, nowMs) => `${new Date(Math.ceil((nowMs + resetMs) / 1000) * 1000).toISOString().slice(0, 19)}Z`,
}

/** Reads the limits from headers in `style`; unreadable values are left out. */
export function readLimits(style: LimitStyle, headers: ReadableHeaders, nowMs: number): RateLimits {
  const limits: Partial<Record<LimitKind, Limit>> = {}
  for (const kind of style.kinds) {
    const limit = count(headers.get(style.header(kind, 'limit')))
    const remaining = count(headers.get(style.header(kind, 'remaining')))
    const reset = headers.get(style.header(kind, 'reset'))
    const resetMs = reset === null ? undefined : style.readReset(reset, nowMs)
    const found = {
      ...(limit !== undefined && { limit }),
      ...(remaining !== undefined && { remaining }),
      ...(resetMs !== undefined && { resetMs }),
    }
    if (Object.keys(found).length > 0) limits[kind] = found
  }
  return limits
}

/** Writes limits as headers in `style`; kinds that it has no name for are left out. */
export function writeLimits(style: LimitStyle, limits: RateLimits, nowMs: number): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const kind of style.kinds) {
    const { limit, remaining, resetMs } = limits[kind] ?? {}
    if (limit !== undefined) headers[style.header(kind, 'limit')] = String(limit)
    if (remaining !== undefined) headers[style.header(kind, 'remaining')] = String(remaining)
    if (resetMs !== undefined) headers[style.header(kind, 'reset')] = style.writeReset(resetMs, nowMs)
  }
  return headers
}

const count = (text: string | null): number | undefined =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined

const SPANS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration in milliseconds: `6m0s`, `120ms`, `1.5s`, or a number of seconds. */
function spanMs(text: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return undefined
  let ms = 0
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) ms += Number(number) * SPANS[unit!]!
  return ms
}

/** The names of all headers of this style. */
export const limitHeaders = ({ kinds, header }: LimitStyle): string[] =>
  kinds.flatMap((kind) => (['limit', 'remaining', 'reset'] as const).map((fact) => header(kind, fact)))

/** Response headers of OpenAI that are useful to its clients. */
export const OPENAI_ANSWERS = [...limitHeaders(OPENAI_LIMITS), 'openai-processing-ms', 'openai-version']
