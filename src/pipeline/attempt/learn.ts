// What is learned from attempts: how slow an endpoint is, how many requests it should have, how much work a request is.
import { wakeWaiters } from '../../routing/admission/wake-waiters.ts'
import { expectedWorkMs } from '../../routing/peak-ewma.ts'
import type { Pool } from '../../routing/pool.ts'
import type { AttemptSpan } from '../../telemetry/observer.ts'
import type { AttemptRecord } from '../call/attempt-record.ts'
import type { Call } from '../call/call.ts'
import { expectedWork } from '../call/expected-work.ts'
import { promptTokens } from '../call/prompt-tokens.ts'

/** At the first event of a stream, or at the end of any other response, whose tokens it is then compared with. */
export function learnFromBeginning(call: Call, record: AttemptRecord, nowMs: number, span: AttemptSpan): void {
  const { candidate, startedMs, firstEventMs, usage } = record
  const outputTokens = firstEventMs === undefined ? (usage?.output ?? 0) : 0
  const slowness = (nowMs - startedMs) / expectedWorkMs(promptTokens(call), outputTokens)
  candidate.slowness.observe(slowness, nowMs)
  adaptLimit(call, record, slowness, nowMs, span)
  wakeWaiters(candidate.endpoint, nowMs) // a limit may have risen, a cold endpoint may be ready for the next
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

/** When an attempt has ended, well or not. */
export function learnFromEnd(call: Call, record: AttemptRecord, pool: Pool, nowMs: number): void {
  const { candidate, startedMs, usage, error } = record
  if (error?.code === 'hedge_lost') learnAtLeast(call, record, nowMs)
  if (error && OVERLOADED.has(error.code)) candidate.endpoint.adaptive?.overloaded(startedMs, nowMs)
  pool.queue.workload.ended(expectedWork(call), nowMs - startedMs, usage?.output)
}

/** It was cut before its first event: it is slower than this, which is news only if it was thought to be faster. */
function learnAtLeast(call: Call, { candidate, startedMs }: AttemptRecord, nowMs: number): void {
  const slowness = (nowMs - startedMs) / expectedWorkMs(promptTokens(call), 0)
  const known = candidate.slowness.at(nowMs)
  if (known !== undefined && slowness > known) candidate.slowness.observe(slowness, nowMs)
}
