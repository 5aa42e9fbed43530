import type { ChatRequest } from '../../chat/request.ts'
import { type Field, fieldName } from '../fields/field-names.ts'
import type { Losses } from '../translation/losses.ts'
import type { ClaudeModel } from './models.ts'

interface WireSampling {
  temperature?: number
  top_p?: number
  top_k?: number
}

/** Temperature and the rest as far as the model takes them: newest models and those that think take none. */
export function encodeSampling(
  request: ChatRequest,
  model: ClaudeModel,
  isThinking: boolean,
  losses: Losses,
): WireSampling {
  const { temperature, topP, topK } = request.sampling
  const note = (field: Field, what: string) => losses.note(fieldName(request, field), what)
  if (isThinking || model.sampling === 'none') {
    const why = isThinking ? 'not taken while the model thinks' : 'this model does not take it'
    if (temperature !== undefined && temperature !== 1) note('temperature', `removed: ${why}`)
    if (topP !== undefined && topP !== 1) note('topP', `removed: ${why}`)
    if (topK !== undefined) note('topK', `removed: ${why}`)
    return {}
  }
  const isBoth = model.sampling === 'one' && temperature !== undefined && topP !== undefined
  if (isBoth && topP !== 1) note('topP', 'removed: this model takes temperature or top_p, not both')
  if (temperature !== undefined && temperature > 1) note('temperature', 'changed: 1, which is the most at Anthropic')
  return {
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(topP !== undefined && !isBoth && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
  }
}

/** The cap on answer and thought together, which Anthropic demands: the model's most when nobody said one. */
export function encodeMaxTokens(request: ChatRequest, model: ClaudeModel, losses: Losses): number {
  const { maxOutput = model.maxOutput } = request
  if (maxOutput <= model.maxOutput) return maxOutput
  losses.note(fieldName(request, 'maxOutput'), `changed: ${model.maxOutput}, which is the most of this model`)
  return model.maxOutput
}
