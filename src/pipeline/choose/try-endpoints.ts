import type { Operation } from '../../formats/apis/api.ts'
import { asGatewayError, GatewayError } from '../../errors.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { FoundModel } from '../../routing/table.ts'
import type { Call } from '../call/call.ts'
import { ClientStream, type KeepAlive } from '../relay/client-stream.ts'
import { streamResumeFor } from './stream-resume.ts'
import { hedged } from './hedged.ts'
import { relayMedia } from '../relay/relay-media.ts'
import { relayStream } from '../relay/relay-stream.ts'
import { relayWhole } from '../relay/relay-whole.ts'
import { type EndpointParts, EndpointSearch } from './endpoint-search.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { Race } from '../attempt/race.ts'
import { type Destination, sendAttempt } from '../attempt/send-attempt.ts'
import type { AttemptRole } from '../call/attempt-record.ts'

/**
 * Tries endpoints of the model's pool until one responds. Only failures before the first event are retried.
 * `waitsForUpstreams`: whether to wait for a retry time that upstreams name; false if there is a fallback model. Throws
 * the last GatewayError.
 */
export async function tryEndpoints(
  call: Call,
  found: FoundModel,
  parts: EndpointParts,
  waitsForUpstreams: boolean,
): Promise<Response> {
  const { model } = found
  const { operation, api } = call.arrival
  const pool = model.pools[operation as Operation] ?? (api?.translatesTo && model.pools[api.translatesTo])
  if (!pool)
    throw new GatewayError('invalid_request', `The model "${model.name}" does not offer ${operation}.`, {
      param: 'model',
    })
  pool.retries.earn()
  pool.hedging?.budget.earn()
  const search = new EndpointSearch(call, found, pool, parts, waitsForUpstreams)
  for (;;) {
    const { candidate, isReserved } = await search.next()
    if (isReserved) candidate.endpoint.release() // the attempt is counted in this turn
    try {
      return await tryEndpoint(call, { candidate, found, pool, parts }, search)
    } catch (thrown) {
      search.failed(asGatewayError(thrown))
    }
  }
}

interface Target extends Destination {
  readonly parts: EndpointParts
}

/** Tries one endpoint, or two at the same time (hedging). Reports those that fail to `search`. */
async function tryEndpoint(call: Call, to: Omit<Target, 'role'>, search: EndpointSearch): Promise<Response> {
  const { candidate, pool } = to
  const { hedging } = pool
  const run = (each: Candidate, role?: AttemptRole, race?: Race<Attempt>) =>
    sendTo(call, { ...to, candidate: each, role: role ?? roleOf(call), race })
  if (hedging) return hedged(call, candidate, hedging, search, run)
  try {
    return await run(candidate)
  } catch (thrown) {
    const error = asGatewayError(thrown)
    search.tried(candidate, error)
    throw error
  }
}

const roleOf = ({ attempts }: Call): AttemptRole => (attempts.count === 0 ? 'first' : 'retry')

function sendTo(call: Call, to: Target): Promise<Response> {
  const { bytes, envelope } = call.body
  const { found, pool, parts, candidate } = to
  const input = { body: bytes, envelope, matched: found.matched }
  const client = (mayHaveComments: boolean) =>
    new ClientStream(parts.watchdog, mayHaveComments ? keepAliveOf(call, found) : undefined)
  return sendAttempt(call, input, to, (accepted) => {
    if (call.arrival.api!.media) return relayMedia(call, accepted, client)
    if (!envelope.stream) return relayWhole(call, accepted)
    return relayStream(call, accepted, client(true), streamResumeFor(call, found, pool, parts, candidate))
  })
}

/** The keep-alive of a stream; undefined if it is switched off, or the client's format has no comments. */
function keepAliveOf(
  { arrival: { api } }: Call,
  { model: { keepAliveMs: afterMs } }: FoundModel,
): KeepAlive | undefined {
  const text = api?.keepAlive
  return afterMs > 0 && text !== undefined ? { text, afterMs } : undefined
}
