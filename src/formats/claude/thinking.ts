import type { ChatRequest, Effort, ReasoningControl } from '../../chat/request.ts'
import { budgetOf, effortOf } from '../translation/effort.ts'
import type { Losses } from '../translation/losses.ts'
import { fieldName } from '../fields/field-names.ts'
import type { ClaudeModel } from './models.ts'

/** The least budget that the API takes. */
const LEAST_BUDGET = 1024

export interface Thinking {
  readonly thinking?: object
  readonly effort?: string
  /** The model will think: then it takes no temperature, top_p and top_k. */
  readonly isOn: boolean
}

const SILENT: Thinking = { isOn: false }

/** The control as its own client wrote it. */
export function encodeOwnThinking({ reasoning }: ChatRequest): Thinking {
  const { mode, budgetTokens, effort, summary } = reasoning ?? {}
  const type = mode && { on: 'enabled', off: 'disabled', adaptive: 'adaptive' }[mode]
  return {
    isOn: false,
    ...(effort && { effort }),
    ...(type && { thinking: { type, budget_tokens: budgetTokens, display: summary && displayOf(summary) } }),
  }
}

const displayOf = (summary: NonNullable<ReasoningControl['summary']>): string =>
  summary === 'none' ? 'omitted' : 'summarized'

/**
 * How much the model may think, in the words of its family: by effort, or by a budget out of `maxTokens`. `obstacle`: why it
 * cannot think in this call (a forced tool, say); then it does not, and that is noted.
 */
export function encodeThinking(
  request: ChatRequest,
  model: ClaudeModel,
  maxTokens: number,
  obstacle: string | undefined,
  losses: Losses,
): Thinking {
  const { reasoning } = request
  if (!reasoning) return SILENT
  const note = (what: string) => losses.note(fieldName(request, 'reasoning'), what)
  const isOff = reasoning.mode === 'off' || reasoning.effort === 'none' || reasoning.budgetTokens === 0
  if (model.thinking === 'none') {
    if (!isOff) note('removed: this model does not think')
    return SILENT
  }
  if (obstacle !== undefined && !isOff) note(`removed: Claude does not think ${obstacle}`)
  if (isOff || obstacle !== undefined)
    return model.thinking === 'adaptive' ? { thinking: { type: 'disabled' }, isOn: false } : SILENT
  return model.thinking === 'adaptive'
    ? adaptive(reasoning, model, maxTokens, note)
    : manual(reasoning, maxTokens, note)
}

function adaptive(
  { effort, budgetTokens, summary }: ReasoningControl,
  model: ClaudeModel,
  maxTokens: number,
  note: (what: string) => void,
): Thinking {
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens, maxTokens))
  const given = wanted && knownEffort(wanted, model)
  if (wanted === 'xhigh' && given !== wanted) note('changed: this model knows no xhigh, so high')
  return {
    thinking: { type: 'adaptive', display: summary && displayOf(summary) },
    ...(given && { effort: given }),
    isOn: true,
  }
}

function knownEffort(effort: Effort, { hasXhigh }: ClaudeModel): string {
  if (effort === 'minimal') return 'low'
  return effort === 'xhigh' && !hasXhigh ? 'high' : effort
}

function manual(
  { effort = 'medium', budgetTokens }: ReasoningControl,
  maxTokens: number,
  note: (what: string) => void,
): Thinking {
  const wanted = budgetTokens ?? (effort === 'none' ? 0 : budgetOf(effort, maxTokens))
  const budget = Math.min(Math.max(wanted, LEAST_BUDGET), maxTokens - 1)
  if (budget < LEAST_BUDGET) {
    note(`removed: thinking takes at least ${LEAST_BUDGET} tokens, and the answer may have ${maxTokens} in all`)
    return SILENT
  }
  if (budgetTokens !== undefined && budget !== budgetTokens) note(`changed: a budget of ${budget} tokens`)
  return { thinking: { type: 'enabled', budget_tokens: budget }, isOn: true }
}
