import type { ChatRequest, Effort, ReasoningControl } from '../../chat/request.ts'
import { budgetOf, effortOf } from '../translation/effort.ts'
import type { Losses } from '../translation/losses.ts'
import { fieldName } from '../fields/field-names.ts'
import type { ClaudeModel } from './models.ts'

/** The smallest budget that the API accepts, in tokens. */
const MIN_BUDGET = 1024

export interface Thinking {
  readonly thinking?: object
  readonly effort?: string
  /** The model will think. Then it accepts no temperature, top_p and top_k. */
  readonly isOn: boolean
}

const NOT_THINKING: Thinking = { isOn: false }

/** The thinking control of a request that is already in the Anthropic format, unchanged. */
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
 * The thinking control for a model: by effort, or by a token budget out of `maxTokens`. `obstacle`: why the model
 * cannot think in this request (a forced tool, for example). Then thinking is off, and the loss is noted.
 */
export function encodeThinking(
  request: ChatRequest,
  model: ClaudeModel,
  maxTokens: number,
  obstacle: string | undefined,
  losses: Losses,
): Thinking {
  const { reasoning } = request
  if (!reasoning) return NOT_THINKING
  const note = (what: string) => losses.note(fieldName(request, 'reasoning'), what)
  const isOff = reasoning.mode === 'off' || reasoning.effort === 'none' || reasoning.budgetTokens === 0
  if (model.thinking === 'none') {
    if (!isOff) note('removed: this model does not support thinking')
    return NOT_THINKING
  }
  if (obstacle !== undefined && !isOff) note(`removed: Claude cannot think ${obstacle}`)
  if (isOff || obstacle !== undefined)
    return model.thinking === 'adaptive' ? { thinking: { type: 'disabled' }, isOn: false } : NOT_THINKING
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
  const requested = effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens, maxTokens))
  const supported = requested && supportedEffort(requested, model)
  if (requested === 'xhigh' && supported !== requested)
    note('changed: set to high, because this model does not support xhigh')
  return {
    thinking: { type: 'adaptive', display: summary && displayOf(summary) },
    ...(supported && { effort: supported }),
    isOn: true,
  }
}

function supportedEffort(effort: Effort, { hasXhigh }: ClaudeModel): string {
  if (effort === 'minimal') return 'low'
  return effort === 'xhigh' && !hasXhigh ? 'high' : effort
}

function manual(
  { effort = 'medium', budgetTokens }: ReasoningControl,
  maxTokens: number,
  note: (what: string) => void,
): Thinking {
  const requested = budgetTokens ?? (effort === 'none' ? 0 : budgetOf(effort, maxTokens))
  const budget = Math.min(Math.max(requested, MIN_BUDGET), maxTokens - 1)
  if (budget < MIN_BUDGET) {
    note(`removed: thinking needs at least ${MIN_BUDGET} tokens, and the output limit is ${maxTokens} tokens in total`)
    return NOT_THINKING
  }
  if (budgetTokens !== undefined && budget !== budgetTokens) note(`changed: set to a budget of ${budget} tokens`)
  return { thinking: { type: 'enabled', budget_tokens: budget }, isOn: true }
}
