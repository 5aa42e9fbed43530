import { GatewayError } from '../../errors.ts'
import { quote } from '../../near-names.ts'
import type { RoutingTable } from '../../routing/table.ts'
import type { Handle } from '../call/step.ts'
import { chooseModel } from '../choose/choose-model.ts'
import type { EndpointParts } from '../choose/endpoint-search.ts'
import { tryModels } from '../choose/try-models.ts'

const MAX_NAMED = 10

/**
 * Shortens a conversation, if the model's provider can: what it returns only its own models can read. Throws
 * GatewayError `invalid_request`, naming the models that can.
 */
export const compact = (parts: EndpointParts): Handle => {
  const forward = tryModels(parts)
  return async (call) => {
    const { found } = chooseModel(call)
    if (!found.model.pools.compact) throw notOffered(found.model.name, call.arrival.snapshot.table)
    return forward(call)
  }
}

function notOffered(name: string, { models }: RoutingTable): GatewayError {
  const able = models.filter(({ pools }) => pools.compact).map((model) => quote(model.name))
  const which =
    able.length === 0 ? 'No configured model can' : `Models that can: ${able.slice(0, MAX_NAMED).join(', ')}`
  const message = `The model ${quote(name)} cannot compact a conversation: its provider does not offer it. ${which}.`
  return new GatewayError('invalid_request', message, { param: 'model' })
}
