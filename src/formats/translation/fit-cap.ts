import type { ChatRequest } from '../../chat/request.ts'
import { fieldName } from '../fields/field-names.ts'
import type { Losses } from './losses.ts'
import { maxOutputOf } from './model-limits.ts'

/** The request with a cap that the model accepts: clients send the maximum of the model that they were written for. */
export function fitCap(request: ChatRequest, model: string, losses: Losses): ChatRequest {
  const { maxOutput } = request
  const limit = maxOutput === undefined ? undefined : maxOutputOf(model)
  if (limit === undefined || maxOutput! <= limit) return request
  losses.note(fieldName(request, 'maxOutput'), `changed: set to ${limit}, the maximum of this model`)
  return { ...request, maxOutput: limit }
}
