import { asGatewayError, type GatewayError } from '../../errors.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import type { CallRecord, Telemetry } from '../../telemetry/telemetry.ts'
import { answerHeaders } from '../call/response-headers.ts'
import type { Call } from '../call/call.ts'
import { clientClosed } from '../call/client-closed.ts'
import type { Handle, Step } from '../call/step.ts'
import type { DetachedCalls } from '../call/detached-calls.ts'

/** Turns whatever is thrown into the caller's error answer, and settles the call when its last byte has left. */
export const observed =
  (telemetry: Telemetry, detached: DetachedCalls): Step =>
  (next) =>
  async (call) => {
    telemetry.callStarted()
    let isSettled = false
    call.settle = (status) => {
      if (isSettled) return
      isSettled = true
      telemetry.callEnded(record(call, call.isDetached ? 499 : status))
      detached.delete(call)
    }
    const response = await answered(next, call)
    if (!call.isStreaming) call.settle(response.status)
    return response
  }

/** A step may also throw before it returns a promise. */
async function answered(next: Handle, call: Call): Promise<Response> {
  try {
    return await next(call)
  } catch (thrown) {
    return failed(call, asGatewayError(thrown))
  }
}

function failed(call: Call, error: GatewayError): Response {
  call.failure = error
  const headers = answerHeaders(call, 'application/json')
  const { retryAfterMs } = error.details
  if (retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000))
    headers['retry-after-ms'] = String(Math.ceil(retryAfterMs))
  }
  const { status, body } = errorBody(error, call)
  return new Response(body, { status, headers: { ...headers, ...error.details.headers } })
}

/** An upstream's own error passes as it came; it is in the client's language then. */
function errorBody(error: GatewayError, { api, id }: Call): { status: number; body: Uint8Array<ArrayBuffer> | string } {
  const { upstream } = error.details
  if (upstream?.body) return { status: error.status, body: upstream.body }
  return (chatFormat(api?.format ?? 'openai-chat') ?? chatFormat('openai-chat')!).encodeError(error, id)
}

function record(call: Call, status: number): CallRecord {
  const nowMs = performance.now()
  const durationMs = nowMs - call.arrivedMs
  return {
    id: call.id,
    method: call.request.method,
    route: call.route.path,
    operation: call.operation,
    status,
    durationMs,
    overheadMs: call.isStreaming ? undefined : call.overheadMs(nowMs),
    stream: call.isStreaming,
    model: call.model,
    arm: call.arm,
    provider: call.candidate?.provider.name,
    endpoint: call.candidate?.id,
    attempts: call.attempts,
    continuations: call.continuations,
    firstEventMs: call.firstEventMs,
    streamedMs: call.firstEventAtMs === undefined ? undefined : nowMs - call.firstEventAtMs,
    usage: call.usage,
    translation:
      call.askedIn && call.askedIn !== call.api ? { from: call.api!.name, to: call.askedIn.name } : undefined,
    warnings: call.warnings,
    error: call.failure ?? (call.isDetached ? clientClosed() : undefined),
    finished: call.isDetached && !call.failure,
    writes: call.snapshot.logsCalls,
  }
}
