import type { ChatRequest } from '../../chat/request.ts'
import { type Field, fieldName } from '../fields/field-names.ts'
import type { Losses } from '../translation/losses.ts'
import { estimateTokens } from '../../chat/estimate-tokens.ts'
import { contextWindow } from '../translation/model-limits.ts'
import type { ClaudeModel } from './models.ts'

interface WireSampling {
  temperature?: number
  top_p?: number
  top_k?: number
}

/**
 * The sampling parameters that the model accepts. The newest models accept none, and no model accepts any while it
 * thinks.
 */
export function encodeSampling(
  request: ChatRequest,
  model: ClaudeModel,
  isThinking: boolean,
  losses: Losses,
): WireSampling {
  const { temperature, topP, topK } = request.sampling
  const note = (field: Field, what: string) => losses.note(fieldName(request, field), what)
  if (isThinking || model.sampling === 'none') {
    const why = isThinking ? 'not supported while thinking is on' : 'this model does not support it'
    if (temperature !== undefined && temperature !== 1) note('temperature', `removed: ${why}`)
    if (topP !== undefined && topP !== 1) note('topP', `removed: ${why}`)
    if (topK !== undefined) note('topK', `removed: ${why}`)
    return {}
  }
  const isBoth = model.sampling === 'one' && temperature !== undefined && topP !== undefined
  if (isBoth && topP !== 1) note('topP', 'removed: this model accepts temperature or top_p, not both')
  if (temperature !== undefined && temperature > 1) note('temperature', 'changed: set to 1, the maximum at Anthropic')
  return {
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(topP !== undefined && !isBoth && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
  }
}

/** `max_tokens`, which Anthropic requires; it covers output and thinking. Default: see `defaultMaxTokens`. */
export function encodeMaxTokens(request: ChatRequest, model: ClaudeModel, name: string, losses: Losses): number {
  const { maxOutput } = request
  if (maxOutput === undefined) return defaultMaxTokens(request, model, name)
  if (maxOutput <= model.maxOutput) return maxOutput
  losses.note(fieldName(request, 'maxOutput'), `changed: set to ${model.maxOutput}, the maximum of this model`)
  return model.maxOutput
}

/** The least that is requested if the prompt fills the window: a short answer is better than none. */
const MIN_DEFAULT = 4096

/** The estimate of the prompt may be this much too low. */
const PROMPT_MARGIN = 1.1

/** The maximum of the model, or what the prompt leaves of its context window: Claude rejects more. */
function defaultMaxTokens(request: ChatRequest, { maxOutput }: ClaudeModel, name: string): number {
  const window = contextWindow(name)
  if (window === undefined) return maxOutput
  const left = window - Math.ceil(estimateTokens(request) * PROMPT_MARGIN)
  return Math.min(maxOutput, Math.max(left, MIN_DEFAULT))
}
