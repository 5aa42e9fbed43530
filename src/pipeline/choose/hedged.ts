import { asGatewayError, type GatewayError } from '../../errors.ts'
import { readBoolean } from '../../codecs/json/read.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Hedging } from '../../routing/hedging.ts'
import { isOutOfAttempts } from './attempts-limit.ts'
import type { Call } from '../call/call.ts'
import { promptTokens } from '../call/prompt-tokens.ts'
import type { Attempt } from '../attempt/attempt.ts'
import { Race } from '../attempt/race.ts'
import type { EndpointSearch } from './endpoint-search.ts'

/** Sends one attempt of a race. */
export type RunAttempt = (candidate: Candidate, role: 'hedge' | undefined, race: Race<Attempt>) => Promise<Response>

interface Entry {
  readonly candidate: Candidate
  readonly running: Promise<Response>
}

/**
 * Sends an attempt to `candidate` and, if it is slow to begin, a second one to another endpoint, once per call. The
 * first attempt that responds wins. Throws the GatewayError of the last attempt that failed, or the first that is not
 * retryable.
 */
export async function hedged(
  call: Call,
  candidate: Candidate,
  hedging: Hedging,
  search: EndpointSearch,
  run: RunAttempt,
): Promise<Response> {
  const race = new Race<Attempt>()
  const startedMs = performance.now()
  const isStream = call.body.envelope.stream
  const first: Entry = { candidate, running: run(candidate, undefined, race) }
  const delayMs = isHedgeable(call) ? hedging.delayMs(isStream, promptTokens(call)) : undefined
  const second =
    delayMs !== undefined && (await isLate(first.running, delayMs))
      ? hedgeEndpoint(call, first, hedging, search)
      : undefined
  if (second) call.span.hedgeSent(call.choice.model)
  const entries = second ? [first, { candidate: second, running: run(second, 'hedge', race) }] : [first]
  const response = await firstResponse(entries, race, search)
  if (second && race.winner?.candidate === second) call.span.hedgeWon(call.choice.model)
  hedging.observe(isStream, promptTokens(call), performance.now() - startedMs)
  return response
}

/** Once per call, and not if the provider stores each response. */
const isHedgeable = (call: Call): boolean => !call.attempts.hasHedge && !isStored(call)

function isStored({ body }: Call): boolean {
  const store = body.envelope.members.find(({ key }) => key === 'store')
  return store?.type === 'boolean' && readBoolean(body.bytes, store)
}

/** Whether `running` is still unsettled after `delayMs`. */
async function isLate(running: Promise<unknown>, delayMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, delayMs, true)
  const inTime = () => resolve(false)
  running.then(inTime, inTime)
  const late = await promise
  clearTimeout(timer)
  return late
}

/**
 * An endpoint for a second attempt, charged to the hedge budget; undefined if none has capacity, or no attempt is left.
 */
function hedgeEndpoint(call: Call, first: Entry, hedging: Hedging, search: EndpointSearch): Candidate | undefined {
  if (call.clientHasLeft || isOutOfAttempts(call)) return undefined
  const candidate = search.hedgeCandidate(first.candidate)
  return candidate && hedging.budget.spend() ? candidate : undefined
}

function firstResponse(entries: readonly Entry[], race: Race<Attempt>, search: EndpointSearch): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  let remaining = entries.length
  const failed = (candidate: Candidate, error: GatewayError) => {
    if (race.winner && race.winner.candidate !== candidate) return // it was aborted
    search.tried(candidate, error)
    if (--remaining > 0 && error.retryable) return
    race.abortOthers(undefined)
    reject(error)
  }
  for (const { candidate, running } of entries)
    running.then(resolve, (thrown) => failed(candidate, asGatewayError(thrown)))
  return promise
}
