import { asGatewayError, type GatewayError } from '../../errors.ts'
import { isOutOfAttempts, outOfAttempts } from './attempts-limit.ts'
import type { Call } from '../call/call.ts'
import { chooseModel } from './choose-model.ts'
import type { Handle } from '../call/step.ts'
import { type Fallback, FallbackChain } from './fallback-chain.ts'
import type { EndpointParts } from './endpoint-search.ts'
import { tryEndpoints } from './try-endpoints.ts'

/** Tries the requested model, then its fallbacks, as long as the error is one that another model might not have. */
export const tryModels =
  (parts: EndpointParts): Handle =>
  async (call) => {
    const { found: first, split } = chooseModel(call)
    if (split) call.span.splitChosen(split)
    const chain = new FallbackChain(call, first)
    for (let found = first; ;) {
      call.choice = { model: found.model.name, arm: split?.arm }
      try {
        return await tryEndpoints(call, found, parts, !chain.hasNext)
      } catch (thrown) {
        found = fallbackAfter(asGatewayError(thrown), chain, call).found
      }
    }
  }

/** The next model after an error. Throws the error if none is left. */
function fallbackAfter(error: GatewayError, chain: FallbackChain, call: Call): Fallback {
  if (call.clientHasLeft) throw error
  const next = chain.takeAfter(error)
  if (isOutOfAttempts(call) && (next || error.retryable)) throw outOfAttempts(call, chain.last(error))
  if (!next) throw chain.last(error)
  call.span.fallbackTaken(next.kind, call.choice.model, next.found.model.name)
  return next
}
