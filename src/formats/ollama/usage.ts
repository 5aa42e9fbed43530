import type { Usage } from '../../chat/usage.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

/** Undefined if nothing was counted. `prompt_eval_count` excludes cached tokens and is absent if all are cached. */
export function decodeUsage({ prompt_eval_count: input, eval_count: output }: JsonObject): Usage | undefined {
  if (typeof input !== 'number' && typeof output !== 'number') return undefined
  return { input: typeof input === 'number' ? input : 0, output: typeof output === 'number' ? output : 0 }
}

/** Cached tokens count too: clients take the number for the size of the prompt. */
export const encodeUsage = (usage: Usage | undefined): object =>
  usage ? { prompt_eval_count: Math.max(usage.input, usage.cached ?? 0), eval_count: usage.output } : {}

/**
 * The durations that Sluice measured, in nanoseconds: `firstMs` until the first token, `totalMs` until the last one. A
 * response that is not streamed has only a total.
 */
export const encodeDurations = (firstMs: number, totalMs: number): object => ({
  total_duration: nanoseconds(totalMs),
  load_duration: 0,
  prompt_eval_duration: nanoseconds(firstMs),
  eval_duration: nanoseconds(totalMs - firstMs),
})

const nanoseconds = (ms: number): number => Math.round(ms * 1e6)

const TIMINGS = ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration'] as const

/** Durations reported by the server, in nanoseconds; undefined if it reports none. */
export function timingsOf(body: JsonObject): Readonly<Record<string, unknown>> | undefined {
  const reported = TIMINGS.filter((key) => body[key] !== undefined)
  return reported.length > 0 ? Object.fromEntries(reported.map((key) => [key, body[key]])) : undefined
}

/** Seconds since 1970. */
export function createdOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
}

export const createdAt = (seconds: number): string => new Date(seconds * 1000).toISOString()
