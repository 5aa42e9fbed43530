import { estimateTokens } from '../../chat/estimate-tokens.ts'
import { answerHeaders } from '../call/response-headers.ts'
import type { Call } from '../call/call.ts'
import { chooseModel } from '../choose/choose-model.ts'
import type { Handle } from '../call/step.ts'
import { canonicalRequest } from '../request/translate-request.ts'
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
  const { candidates } = chooseModel(call).found.model.pools.count
  return candidates.length > 0 && candidates.every(({ provider }) => provider.type.apis.includes(call.api!.name))
}

function estimated(call: Call): Response {
  call.model = chooseModel(call).found.model.name
  const tokens = estimateTokens(canonicalRequest(call))
  const field = call.api!.countField!
  call.warn(`${field}: estimated, this model's provider does not count`)
  return new Response(JSON.stringify({ [field]: tokens }), { headers: answerHeaders(call, 'application/json') })
}
