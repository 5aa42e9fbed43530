// The setting `hedge` of a model.
import { z } from 'zod'
import { parseDurationMs } from '../units.ts'

const MAX_MS = 600_000
const MAX_PERCENT = 5

const afterError = 'is not a hedge delay; allowed: off, p95, or a time above 0s up to 10m, as in 300ms, 2s'
const after = z.union([z.string(), z.literal(false)], { error: afterError }).transform((given, context) => {
  if (given === false || given === 'off') return 'off' as const
  if (given === 'p95') return given
  const ms = parseDurationMs(given)
  if (ms !== undefined && ms >= 1 && ms <= MAX_MS) return ms
  context.issues.push({ code: 'custom', message: afterError, input: given })
  return z.NEVER
})

const budgetError = `is not a hedge budget; allowed: above 0% up to ${MAX_PERCENT}%`
const budget = z.string({ error: budgetError }).transform((text, context) => {
  const percent = Number(/^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)?.[1])
  if (percent > 0 && percent <= MAX_PERCENT) return percent / 100
  context.issues.push({ code: 'custom', message: budgetError, input: text })
  return z.NEVER
})

/** A time is short for `{ after: time }`. */
export const hedgeSchema = z.preprocess(
  (given) => (typeof given === 'string' || given === false ? { after: given } : given),
  z.strictObject({ after: after.prefault('off'), budget: budget.prefault('5%') }),
)

export type HedgeConfig = z.output<typeof hedgeSchema>
