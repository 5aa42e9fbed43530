import { GatewayError } from '../../errors.ts'
import { asPriority, type Priority } from '../../routing/admission/priority.ts'
import type { Outcome, RefusalReason } from '../../routing/admission/waiter.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Pick, Pool } from '../../routing/pool.ts'
import { formatDuration } from '../../units.ts'
import type { AttemptParts } from '../attempt/attempt.ts'
import type { Call } from '../call/call.ts'
import { clientClosed } from '../call/client-closed.ts'
import { expectedWork } from '../call/expected-work.ts'

/**
 * Waits for room. The place at the candidate is held: the caller gives it back in the turn in which it uses it. Throws
 * GatewayError `overloaded` or `client_closed`; for a call that has failed once already, why it failed.
 */
export async function admit(
  call: Call,
  pool: Pool,
  choose: () => Pick,
  failure: GatewayError | undefined,
  { watchdog }: AttemptParts,
): Promise<Candidate> {
  const { span } = call
  const { model } = call.choice
  const { queue } = pool
  const priority = asPriority(call.arrival.client.headers.get('x-sluice-priority'))
  const enteredMs = performance.now()
  span.queueEntered(model, priority)
  const waiting = wait(call, pool, { choose, priority, isRetry: failure !== undefined })
  if (queue.size > 0) watchdog.add(queue)
  const outcome = await waiting
  const leftMs = performance.now()
  call.waited(enteredMs, leftMs) // for slow upstreams
  span.queueLeft(model, priority, (leftMs - enteredMs) / 1000)
  if (outcome.type === 'left') throw clientClosed()
  if (outcome.type === 'admitted') return outcome.candidate
  span.queueRefused(model, outcome.reason)
  span.limitExceeded('endpoint_concurrency')
  throw failure ?? overloaded(model, outcome.reason, outcome.retryAfterMs)
}

interface Claim {
  readonly choose: () => Pick
  readonly priority: Priority
  readonly isRetry: boolean
}

/** Stands in the queue until it is settled or the client leaves. */
function wait(call: Call, { queue, endpoints }: Pool, claim: Claim): Promise<Outcome | { readonly type: 'left' }> {
  const { promise, resolve } = Promise.withResolvers<Outcome | { readonly type: 'left' }>()
  const { signal } = call.arrival.client
  const nowMs = performance.now()
  const leave = () => {
    queue.leave(waiter)
    resolve({ type: 'left' })
  }
  const waiter = {
    caller: callerOf(call),
    priority: claim.priority,
    cost: queue.workload.cost(expectedWork(call)),
    bytes: call.body.bytes.length,
    maxWaitMs: maxWaitMs(call, nowMs),
    isRetry: claim.isRetry,
    endpoints,
    choose() {
      const picked = claim.choose()
      return picked.type === 'picked' ? picked.candidate : undefined
    },
    settle(outcome: Outcome) {
      signal.removeEventListener('abort', leave)
      resolve(outcome)
    },
  }
  signal.addEventListener('abort', leave)
  if (signal.aborted) leave()
  else queue.enter(waiter, nowMs)
  return promise
}

/** Whoever holds the master key speaks for others, and may say for whom. */
function callerOf({ principal, body }: Call): string {
  const { user } = body.envelope
  return principal.id === 'master' && user !== undefined ? `user ${user}` : principal.id
}

/** In seconds, from the SDKs of OpenAI and Anthropic: Node's and Python's. */
const TIMEOUT_HEADERS = ['x-stainless-timeout', 'x-stainless-read-timeout'] as const

/** How long the client will go on waiting, if it says so. A timeout below a second is announced as 0. */
export function maxWaitMs({ arrival, overrides }: Call, nowMs: number): number {
  const seconds = TIMEOUT_HEADERS.map((name) => Number(arrival.client.headers.get(name))).find((value) => value > 0)
  const mostMs = Math.min((seconds ?? Infinity) * 1000, overrides.timeouts.total?.ms ?? Infinity)
  return Math.max(0, mostMs - (nowMs - arrival.arrivedMs))
}

function overloaded(model: string, reason: RefusalReason, retryAfterMs: number): GatewayError {
  const seconds = formatDuration(Math.ceil(retryAfterMs / 1000) * 1000)
  const why = {
    off: 'has as many calls as it may',
    full: 'is busy and as many calls as may wait are waiting',
    bytes: 'is busy and the calls that wait take all the memory they may',
    wait: 'is busy, and the wait would be too long for this call',
    expired: 'was busy for as long as this call could wait',
    displaced: 'is busy, and a call with a better claim took the place of this one',
  }[reason]
  return new GatewayError('overloaded', `Every endpoint of "${model}" ${why}. Try again in about ${seconds}.`, {
    retryAfterMs,
  })
}
