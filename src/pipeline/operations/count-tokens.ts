import { estimateTokens } from '../../chat/estimate-tokens.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Call } from '../call/call.ts'
import { chooseModel } from '../choose/choose-model.ts'
import type { Handle } from '../call/step.ts'
import type { EndpointParts } from '../choose/try-endpoints.ts'
import { tryModels } from '../choose/try-models.ts'

/**
 * How many tokens a prompt has: as the upstream counts them where it counts in the client's language, else estimated, with
 * a warning. Clients such as Claude Code ask this of every model.
 */
export const countTokens = (parts: EndpointParts): Handle => {
  const ask = tryModels(parts)
  return (call) => (isCounted(call) ? ask(call) : Promise.resolve(estimated(call)))
}

/** Every provider that might be asked counts in the client's words. */
function isCounted(call: Call): boolean {
  const pool = chooseModel(call).found.model.pools.count
  return pool?.candidates.every(({ provider }) => provider.type.apis.includes(call.arrival.api!.name)) ?? false
}

function estimated(call: Call): Response {
  const { found, split } = chooseModel(call)
  call.choice = { model: found.model.name, arm: split?.arm }
  const tokens = estimateTokens(call.body.canonical())
  const field = call.arrival.api!.countField!
  call.outcome.warnings.add(`${field}: estimated, this model's provider does not count`)
  return new Response(JSON.stringify({ [field]: tokens }), { headers: responseHeaders(call, 'application/json') })
}
