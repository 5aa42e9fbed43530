import type { Effort } from '../../chat/request.ts'
import { reasoningFamily } from './models.ts'
import type { EncodeContext } from './encode-context.ts'

/** The effort to send to the target; undefined, and a loss, for a model that does not accept it. */
export function supportedEffort(context: Pick<EncodeContext, 'request' | 'target' | 'losses'>): Effort | undefined {
  const { losses, target, request } = context
  const effort = requestedEffort(context)
  const family = reasoningFamily(target.baseModel)
  if (family === null) {
    if (effort !== 'none') losses.note('reasoning', `removed: ${target.model} does not reason`)
    return undefined
  }
  if (effort === 'none' && family?.canBeOff === false) {
    losses.note('reasoning', `removed: ${target.model} always reasons`)
    return undefined
  }
  if (request.reasoning?.effort === undefined && request.reasoning?.budgetTokens !== undefined)
    losses.note(
      'reasoning.budget_tokens',
      `changed: reasoning_effort ${effort}, because there are no reasoning budgets`,
    )
  return effort
}

/** The assumed maximum output of a request without a cap, to convert a budget into a share. */
const ASSUMED_MAX_OUTPUT = 32_768

/** The requested effort, whether given as effort, mode or budget. */
export function requestedEffort({ request }: Pick<EncodeContext, 'request'>): Effort | undefined {
  const { reasoning, maxOutput = ASSUMED_MAX_OUTPUT } = request
  if (!reasoning) return undefined
  const { effort, mode, budgetTokens } = reasoning
  if (mode === 'off') return 'none'
  if (effort !== undefined) return effort
  if (budgetTokens === undefined) return 'medium'
  return budgetTokens === 0 ? 'none' : effortOfShare(budgetTokens / maxOutput)
}

// The efforts stand for about 10, 30 and 60 % of the output; these are the midpoints. The values beyond them (`minimal`,
// `xhigh`) are rejected by many models, and a budget does not request them by name.
const effortOfShare = (share: number): Effort => (share < 0.2 ? 'low' : share < 0.45 ? 'medium' : 'high')

/** Whether OpenAI's model will reason for this request and therefore rejects sampling parameters. */
export function rejectsSampling(context: EncodeContext): boolean {
  const family = reasoningFamily(context.target.baseModel)
  return Boolean(family) && (requestedEffort(context) ?? family!.defaultEffort) !== 'none'
}
