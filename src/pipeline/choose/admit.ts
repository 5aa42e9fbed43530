import { GatewayError } from '../../errors.ts'
import { asPriority, type Priority } from '../../routing/admission/priority.ts'
import type { Outcome, RejectionReason } from '../../routing/admission/waiter.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Pick, Pool } from '../../routing/pool.ts'
import { formatDuration } from '../../units.ts'
import type { AttemptParts } from '../attempt/attempt.ts'
import type { Call } from '../call/call.ts'
import { clientClosed } from '../call/client-closed.ts'
import { expectedWork } from '../call/expected-work.ts'

/**
 * Waits in the queue until an endpoint has capacity. The capacity is reserved: the code that sends the attempt releases
 * it in the same turn. Throws GatewayError `client_closed` or `overloaded`; after a failed attempt, `failure` instead
 * of the latter.
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
  call.waited(enteredMs, leftMs) // counts as waiting for upstreams
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

/** Waits in the queue until the queue settles the call, or the client disconnects. */
function wait(
  call: Call,
  { queue, endpoints }: Pool,
  claim: Claim,
): Promise<Outcome<Candidate> | { readonly type: 'left' }> {
  const { promise, resolve } = Promise.withResolvers<Outcome<Candidate> | { readonly type: 'left' }>()
  const { signal } = call.arrival.client
  const nowMs = performance.now()
  const leave = () => {
    queue.leave(waiter)
    resolve({ type: 'left' })
  }
  const waiter = {
    caller: clientIdOf(call),
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
    settle(outcome: Outcome<Candidate>) {
      signal.removeEventListener('abort', leave)
      resolve(outcome)
    },
  }
  signal.addEventListener('abort', leave)
  if (signal.aborted) leave()
  else queue.enter(waiter, nowMs)
  return promise
}

/** The client whose share of the queue counts. The master key acts for many users, so `user` tells them apart. */
function clientIdOf({ principal, body }: Call): string {
  const { user } = body.envelope
  return principal.id === 'master' && user !== undefined ? `user ${user}` : principal.id
}

/** In seconds, from the SDKs of OpenAI and Anthropic: Node's and Python's. */
const TIMEOUT_HEADERS = ['x-stainless-timeout', 'x-stainless-read-timeout'] as const

/**
 * How long the client will still wait, in milliseconds, if it announces a timeout. SDKs announce one below 1 s as 0,
 * which is ignored.
 */
export function maxWaitMs({ arrival, overrides }: Call, nowMs: number): number {
  const seconds = TIMEOUT_HEADERS.map((name) => Number(arrival.client.headers.get(name))).find((value) => value > 0)
  const announcedMs = Math.min((seconds ?? Infinity) * 1000, overrides.timeouts.total?.ms ?? Infinity)
  return Math.max(0, announcedMs - (nowMs - arrival.arrivedMs))
}

function overloaded(model: string, reason: RejectionReason, retryAfterMs: number): GatewayError {
  const seconds = formatDuration(Math.ceil(retryAfterMs / 1000) * 1000)
  const cause = {
    off: 'is at its concurrency limit',
    full: 'is at its concurrency limit, and the queue is full',
    bytes: 'is at its concurrency limit, and the waiting requests use all the memory of the queue',
    wait: 'is at its concurrency limit, and the wait would be too long for this request',
    expired: 'stayed at its concurrency limit for as long as this request could wait',
    displaced: 'is at its concurrency limit, and a request with precedence took the place of this one in the queue',
  }[reason]
  return new GatewayError('overloaded', `Every endpoint of "${model}" ${cause}. Try again in about ${seconds}.`, {
    retryAfterMs,
  })
}
