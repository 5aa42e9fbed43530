import type { Api } from '../../formats/apis/api.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Call } from '../call/call.ts'
import type { AttemptInput } from './prepare.ts'

/**
 * What one upstream is sent: the client's own request if it refers to what this upstream keeps, otherwise the request
 * with what it refers to. Throws GatewayError `unsupported_parameter` for a reference that only another upstream may
 * know.
 */
export function knownInput(
  { stored, arrival }: Call,
  { provider, endpoint }: Candidate,
  api: Api,
  input: AttemptInput,
): AttemptInput {
  if (!stored) return input
  const { original, origin, missing } = stored
  const { keepsResponses, bodies } = provider.type
  const isAlone = original.envelope.members.every(({ key }) => !bodies[api.name]?.alone?.includes(key))
  const mayKnow = keepsResponses && api === arrival.api && (isAlone || missing !== undefined)
  if (mayKnow && (origin ? origin.endpoint === endpoint.key : missing))
    return { ...input, body: original.bytes, envelope: original.envelope }
  if (missing) throw missing
  return input
}
