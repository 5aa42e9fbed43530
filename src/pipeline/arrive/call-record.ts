import type { CallRecord } from '../../telemetry/observer.ts'
import type { Call } from '../call/call.ts'
import { clientClosed } from '../call/client-closed.ts'
import { warningsOf } from '../call/response-headers.ts'

/** The record of a request that has ended, derived from the parts of the call. */
export function recordOf(call: Call, status: number): CallRecord {
  const { arrival, attempts, outcome, choiceIfAny: choice } = call
  const nowMs = performance.now()
  const { answering, firstStreaming } = attempts
  const { isStreaming, isDetached, failure } = outcome
  return {
    id: arrival.id,
    clientAddress: arrival.clientAddress,
    method: arrival.client.method,
    route: arrival.route.path,
    operation: arrival.operation,
    status,
    durationMs: nowMs - arrival.arrivedMs,
    overheadMs: isStreaming ? undefined : call.durations(nowMs).overheadMs,
    stream: isStreaming,
    model: choice?.model,
    arm: choice?.arm,
    provider: answering?.candidate.provider.name,
    endpoint: answering?.candidate.id,
    attempts: attempts.count,
    continuations: attempts.continuations,
    firstEventMs: firstStreaming && firstStreaming.firstEventMs! - firstStreaming.startedMs,
    streamedMs: firstStreaming && nowMs - firstStreaming.firstEventMs!,
    usage: answering?.usage,
    translation: translationOf(call),
    warnings: warningsOf(call),
    error: failure ?? (isDetached ? clientClosed() : undefined),
    finished: isDetached && !failure,
    writes: arrival.snapshot.logsCalls,
  }
}

function translationOf({ arrival: { api }, attempts }: Call): CallRecord['translation'] {
  const upstreamApi = attempts.answering?.api
  return api && upstreamApi && upstreamApi !== api ? { from: api.name, to: upstreamApi.name } : undefined
}
