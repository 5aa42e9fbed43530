import { asGatewayError, GatewayError } from '../errors.ts'
import type { Operation } from '../formats/openai/operations.ts'
import type { Candidate } from '../routing/endpoint.ts'
import { type Pool, pick } from '../routing/pool.ts'
import type { FoundModel } from '../routing/table.ts'
import { admit } from './admit.ts'
import type { AttemptParts } from './attempt.ts'
import type { Call } from './call.ts'
import { closedPool } from './closed-pool.ts'
import { continuationFor } from './continuation.ts'
import { promptTokens } from './prompt-tokens.ts'
import { relayStream } from './relay-stream.ts'
import { relayWhole } from './relay-whole.ts'
import { sendAttempt } from './send-attempt.ts'

export interface EndpointParts extends AttemptParts {
  readonly random: () => number
}

const FULL = { type: 'full' } as const

/** Errors after which the only endpoint of a pool may be asked once more: it may have been a stale connection. */
const WORTH_REPEATING: ReadonlySet<string> = new Set(['upstream_reset', 'upstream_unreachable', 'upstream_failed'])

/**
 * Asks endpoints of the model's pool, each at most once, until one answers. Only what happens before the first event is
 * tried elsewhere. Throws the last GatewayError.
 */
export async function tryEndpoints(call: Call, found: FoundModel, parts: EndpointParts): Promise<Response> {
  const { model } = found
  const pool = model.pools[call.operation as Operation]
  if (pool.candidates.length === 0)
    throw new GatewayError('invalid_request', `The model "${model.name}" does not offer ${call.operation}.`, {
      param: 'model',
    })
  call.model = model.name
  pool.retries.earn()
  const tried: Candidate[] = []
  let last: GatewayError | undefined
  while (tried.length <= model.retries) {
    if (last && pool.candidates.length === 1) await pause(parts.random)
    const choose = () => pick(pool, tried, { promptTokens: promptTokens(call), nowMs: performance.now() }, parts.random)
    const seen = choose()
    // Room that is there while others wait is theirs, unless this call has an endpoint left that they have tried.
    const picked = seen.type === 'picked' && pool.queue.size > 0 && !last ? FULL : seen
    if (picked.type === 'exhausted') break
    if (picked.type === 'draining' || picked.type === 'backing-off') throw last ?? closedPool(model.name, picked)
    const candidate = picked.type === 'picked' ? picked.candidate : await admit(call, pool.queue, choose, last, parts)
    if (picked.type === 'full') candidate.endpoint.letGo() // the attempt takes the place in this turn
    tried.push(candidate)
    try {
      return await tryOne(call, candidate, found, parts)
    } catch (thrown) {
      last = asGatewayError(thrown)
      const isRepeatable = pool.candidates.length > 1 || WORTH_REPEATING.has(last.code)
      // Another provider of the pool may offer the field that this one does not.
      const isWorthAnother = last.retryable || last.code === 'unsupported_parameter'
      if (!isWorthAnother || call.clientHasLeft || !isRepeatable || !mayRetry(found, pool, tried, parts)) throw last
    }
  }
  throw last!
}

/** Where the model allows another try and an endpoint is left, the retry comes out of the pool's budget. */
function mayRetry(
  { model }: FoundModel,
  pool: Pool,
  tried: readonly Candidate[],
  { telemetry }: EndpointParts,
): boolean {
  const { candidates, retries } = pool
  const hasMore = tried.length <= model.retries && (candidates.length === 1 || tried.length < candidates.length)
  if (!hasMore || retries.spend()) return true
  telemetry.limitExceeded('retry_budget')
  return false
}

function tryOne(call: Call, candidate: Candidate, found: FoundModel, parts: EndpointParts): Promise<Response> {
  const envelope = call.envelope!
  const asked = { body: call.body, envelope, matched: found.matched }
  return sendAttempt(call, asked, candidate, found, parts, (answering) =>
    envelope.stream
      ? relayStream(call, answering, continuationFor(call, found, parts, candidate))
      : relayWhole(call, answering),
  )
}

/** Full jitter, so that callers who failed together do not come back together. */
const pause = (random: () => number) => Bun.sleep(25 + random() * 225)
