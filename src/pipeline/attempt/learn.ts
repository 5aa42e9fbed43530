// What Sluice learns from attempts: an endpoint's slowness, its concurrency limit, and the work that a request causes.
import { wakeWaiters } from '../../routing/admission/wake-waiters.ts'
import { expectedWorkMs } from '../../routing/peak-ewma.ts'
import type { Pool } from '../../routing/pool.ts'
import type { AttemptSpan } from '../../telemetry/observer.ts'
import type { AttemptRecord } from '../call/attempt-record.ts'
import type { Call } from '../call/call.ts'
import { expectedWork } from '../call/expected-work.ts'
import { promptTokens } from '../call/prompt-tokens.ts'

/**
 * Called at the first event of a stream, or at the end of any other response, whose output tokens then count as work.
 */
export function learnFromBeginning(call: Call, record: AttemptRecord, nowMs: number, span: AttemptSpan): void {
  const { candidate, startedMs, firstEventMs, usage } = record
  const outputTokens = firstEventMs === undefined ? (usage?.output ?? 0) : 0
  const slowness = (nowMs - startedMs) / expectedWorkMs(promptTokens(call), outputTokens)
  candidate.slowness.observe(slowness, nowMs)
  adaptLimit(call, record, slowness, nowMs, span)
  wakeWaiters(candidate.endpoint, nowMs) // its limit may have risen, or a warming endpoint may be ready for another request
}

function adaptLimit(call: Call, record: AttemptRecord, slowness: number, nowMs: number, span: AttemptSpan): void {
  const { endpoint, upstreamModel } = record.candidate
  const { adaptive } = endpoint
  if (!adaptive) return
  const kind = call.body.envelope.stream ? upstreamModel : `${upstreamModel} whole`
  adaptive.observe({ kind, slowness, startedMs: record.startedMs, nowMs, inFlight: endpoint.load })
  span.endpointLimit?.(endpoint.limit)
}

/** Errors by which an upstream reports overload. */
const OVERLOADED: ReadonlySet<string> = new Set(['upstream_rate_limited', 'upstream_overloaded'])

/** Called when an attempt has ended, with or without an error. */
export function learnFromEnd(call: Call, record: AttemptRecord, pool: Pool, nowMs: number): void {
  const { candidate, startedMs, usage, error } = record
  if (error?.code === 'hedge_lost') learnLowerBound(call, record, nowMs)
  if (error && OVERLOADED.has(error.code)) candidate.endpoint.adaptive?.overloaded(startedMs, nowMs)
  pool.queue.workload.ended(expectedWork(call), nowMs - startedMs, usage?.output)
}

/**
 * The attempt was aborted before its first event: a lower bound of its slowness, used only if it exceeds the estimate.
 */
function learnLowerBound(call: Call, { candidate, startedMs }: AttemptRecord, nowMs: number): void {
  const slowness = (nowMs - startedMs) / expectedWorkMs(promptTokens(call), 0)
  const estimate = candidate.slowness.at(nowMs)
  if (estimate !== undefined && slowness > estimate) candidate.slowness.observe(slowness, nowMs)
}
