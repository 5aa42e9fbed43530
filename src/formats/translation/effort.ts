import type { Effort } from '../../chat/request.ts'

/** What part of the longest answer each effort may spend on thought (after vercel/ai). */
const SHARES: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  minimal: 0,
  low: 0.1,
  medium: 0.3,
  high: 0.6,
  xhigh: 0.9,
  max: 0.9,
}

/** Tokens of thought for an effort, of `maxOutput` tokens in all. */
export const budgetOf = (effort: Exclude<Effort, 'none'>, maxOutput: number): number =>
  Math.floor(SHARES[effort] * maxOutput)

/** The effort that a budget of `maxOutput` tokens comes nearest to: `low` to `max`, none for no budget at all. */
export function effortOf(budgetTokens: number, maxOutput: number): Effort {
  if (budgetTokens <= 0) return 'none'
  const share = budgetTokens / maxOutput
  if (share < 0.2) return 'low'
  if (share < 0.45) return 'medium'
  return share < 0.75 ? 'high' : 'max'
}
