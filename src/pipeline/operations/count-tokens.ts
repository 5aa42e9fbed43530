import { estimateTokens } from '../../chat/estimate-tokens.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Call } from '../call/call.ts'
import { chooseModel, type ModelChoice } from '../choose/choose-model.ts'
import type { Handle } from '../call/step.ts'
import type { EndpointParts } from '../choose/endpoint-search.ts'
import { tryModels } from '../choose/try-models.ts'

/**
 * Counts the tokens of a prompt. The upstream counts them if it offers this API in the client's format; otherwise the
 * number is estimated, with a warning. Clients such as Claude Code use this for every model.
 */
export const countTokens = (parts: EndpointParts): Handle => {
  const forward = tryModels(parts)
  return (call) => {
    const chosen = chooseModel(call)
    return isCounted(call, chosen) ? forward(call) : Promise.resolve(estimated(call, chosen))
  }
}

/** Whether every provider of the model counts tokens in the client's format. */
function isCounted({ arrival }: Call, { found }: ModelChoice): boolean {
  const pool = found.model.pools.count
  return pool?.candidates.every(({ provider }) => provider.type.apis.includes(arrival.api!.name)) ?? false
}

function estimated(call: Call, { found, split }: ModelChoice): Response {
  if (call.stored?.missing) throw call.stored.missing
  call.choice = { model: found.model.name, arm: split?.arm }
  const tokens = estimateTokens(call.body.canonical())
  const { countField, countObject } = call.arrival.api!
  const field = countField!
  call.outcome.warnings.add(`${field}: estimated, because this model's provider does not count tokens`)
  return new Response(JSON.stringify({ ...(countObject && { object: countObject }), [field]: tokens }), {
    headers: responseHeaders(call, 'application/json'),
  })
}
