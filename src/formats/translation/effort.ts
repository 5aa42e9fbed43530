import type { Effort } from '../../chat/request.ts'

/** The share of the maximum output that each effort may spend on reasoning (as in vercel/ai). */
const SHARES: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  minimal: 0,
  low: 0.1,
  medium: 0.3,
  high: 0.6,
  xhigh: 0.9,
  max: 0.9,
}

/** The reasoning tokens for an effort, out of `maxOutput` tokens. */
export const budgetOf = (effort: Exclude<Effort, 'none'>, maxOutput: number): number =>
  Math.floor(SHARES[effort] * maxOutput)

/** The effort closest to a budget out of `maxOutput` tokens: `low` to `max`, or `none` for a budget of 0. */
export function effortOf(budgetTokens: number, maxOutput: number): Effort {
  if (budgetTokens <= 0) return 'none'
  const share = budgetTokens / maxOutput
  if (share < 0.2) return 'low'
  if (share < 0.45) return 'medium'
  return share < 0.75 ? 'high' : 'max'
}
