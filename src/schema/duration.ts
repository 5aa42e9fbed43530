import { z } from 'zod'
import { parseDurationMs } from '../units.ts'

const LONGEST_MS = 24 * 3_600_000 // a timer above 24.8 days fires at once

/** A duration such as `60s`, in milliseconds: more than 0, at most one day. */
export const duration = durationFrom(1)

/**
 * A duration such as `60s`, in milliseconds: from `minMs` to one day. `alternative`: other allowed values, for the
 * message.
 */
export function durationFrom(minMs: number, alternative = '') {
  const min = minMs > 0 ? 'more than 0s' : '0s'
  const error = `is not a duration; allowed: ${alternative}${min} to 24h, as in 250ms, 60s, 5m, 1h`
  return z.string({ error: (issue) => (issue.input === undefined ? undefined : error) }).transform((text, context) => {
    const ms = parseDurationMs(text)
    if (ms !== undefined && ms >= minMs && ms <= LONGEST_MS) return ms
    context.issues.push({ code: 'custom', message: error, input: text })
    return z.NEVER
  })
}

/** A duration such as `15s`, in milliseconds, at most one day; `off` is 0. */
export const durationOrOff = z.preprocess((given) => (given === 'off' ? '0s' : given), durationFrom(0, 'off, or '))
