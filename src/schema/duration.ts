import { z } from 'zod'
import { parseDurationMs } from '../units.ts'

const LONGEST_MS = 24 * 3_600_000 // above 24.8 days a timer fires at once

/** Milliseconds of `60s`; more than nothing, a day at most. */
export const duration = durationFrom(1)

/** Milliseconds of `60s`, from `leastMs` to a day. */
export function durationFrom(leastMs: number, orElse = '') {
  const least = leastMs > 0 ? 'more than 0s' : '0s'
  const error = `is not a duration; allowed: ${orElse}${least} to 24h, as in 250ms, 60s, 5m, 1h`
  return z.string({ error: (issue) => (issue.input === undefined ? undefined : error) }).transform((text, context) => {
    const ms = parseDurationMs(text)
    if (ms !== undefined && ms >= leastMs && ms <= LONGEST_MS) return ms
    context.issues.push({ code: 'custom', message: error, input: text })
    return z.NEVER
  })
}

/** Milliseconds of `15s`, a day at most; 0 for `off`. */
export const durationOrOff = z.preprocess((given) => (given === 'off' ? '0s' : given), durationFrom(0, 'off, or '))
