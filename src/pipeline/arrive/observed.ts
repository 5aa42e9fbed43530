import { asGatewayError, type GatewayError } from '../../errors.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import type { Observers } from '../../telemetry/observer.ts'
import type { Call } from '../call/call.ts'
import type { DetachedCalls } from '../call/detached-calls.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Handle, Step } from '../call/step.ts'
import { recordOf } from './call-record.ts'

/** Turns whatever is thrown into an error response in the client's format, and reports the request when its last byte has left. */
export const observed =
  (observers: Observers, detached: DetachedCalls): Step =>
  (next) =>
  async (call) => {
    const { id, client, arrivedMs: startedMs } = call.arrival
    call.span = observers.callStarted({ id, method: client.method, headers: client.headers, startedMs })
    call.outcome.onSettled((status) => {
      call.span.ended(recordOf(call, status))
      detached.delete(call)
    })
    const response = await answered(next, call)
    if (!call.outcome.isStreaming) call.outcome.settle(response.status)
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
  call.outcome.fail(error)
  const headers = responseHeaders(call, 'application/json')
  const { retryAfterMs } = error.details
  if (retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000))
    headers['retry-after-ms'] = String(Math.ceil(retryAfterMs))
  }
  const { status, body } = errorBody(error, call)
  return new Response(body, { status, headers: { ...headers, ...error.details.headers } })
}

/** An upstream's own error body is forwarded as it is: it is in the client's format then. */
function errorBody(
  error: GatewayError,
  { arrival: { api, id } }: Call,
): { status: number; body: Uint8Array<ArrayBuffer> | string } {
  const { upstream } = error.details
  if (upstream?.body) return { status: error.status, body: upstream.body }
  return (chatFormat(api?.format ?? 'openai-chat') ?? chatFormat('openai-chat')!).encodeError(error, id)
}
