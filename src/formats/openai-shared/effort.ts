import type { Effort } from '../../chat/request.ts'
import { reasoningFamily } from './models.ts'
import type { EncodeContext } from './encode-context.ts'

/** The effort as the target takes it; undefined, and a loss, for a model that cannot be told. */
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
    losses.note('reasoning.budget_tokens', `turned into reasoning_effort ${effort}: there are no budgets`)
  return effort
}

/** What a budget is a share of where the request has no cap. */
const ASSUMED_MAX_OUTPUT = 32_768

/** The effort that was asked for, in whichever words. */
export function requestedEffort({ request }: Pick<EncodeContext, 'request'>): Effort | undefined {
  const { reasoning, maxOutput = ASSUMED_MAX_OUTPUT } = request
  if (!reasoning) return undefined
  const { effort, mode, budgetTokens } = reasoning
  if (mode === 'off') return 'none'
  if (effort !== undefined) return effort
  if (budgetTokens === undefined) return 'medium'
  return budgetTokens === 0 ? 'none' : effortOfShare(budgetTokens / maxOutput)
}

// Efforts stand for about 10, 30 and 60 % of the answer: these are the points halfway between. The words beyond them
// (`minimal`, `xhigh`) are refused by many models, and a budget never asked for them by name.
const effortOfShare = (share: number): Effort => (share < 0.2 ? 'low' : share < 0.45 ? 'medium' : 'high')

/** True when OpenAI's model will reason for this request, and so refuses to be told how to sample. */
export function rejectsSampling(context: EncodeContext): boolean {
  const family = reasoningFamily(context.target.baseModel)
  return Boolean(family) && (requestedEffort(context) ?? family!.defaultEffort) !== 'none'
}
