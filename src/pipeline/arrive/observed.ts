import { asGatewayError, type GatewayError } from '../../errors.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import type { ErrorResponse } from '../../formats/format.ts'
import type { Observers } from '../../telemetry/observer.ts'
import type { Call } from '../call/call.ts'
import type { DetachedCalls } from '../call/detached-calls.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Handle, Step } from '../call/step.ts'
import { recordOf } from './call-record.ts'
import { formatAt } from './unknown-path.ts'

/**
 * Turns thrown errors into error responses in the client's format, and reports the request when its last byte is sent.
 */
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
    const response = await responseOf(next, call)
    if (!call.outcome.isStreaming) call.outcome.settle(response.status)
    return response
  }

/** The `await` inside the `try` also catches steps that throw before they return a promise. */
async function responseOf(next: Handle, call: Call): Promise<Response> {
  try {
    return await next(call)
  } catch (thrown) {
    return errorResponse(call, asGatewayError(thrown))
  }
}

function errorResponse(call: Call, error: GatewayError): Response {
  call.outcome.fail(error)
  const headers = responseHeaders(call, 'application/json')
  const { retryAfterMs } = error.details
  if (retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000))
    headers['retry-after-ms'] = String(Math.ceil(retryAfterMs))
  }
  const { status, body, headers: named } = errorBody(error, call)
  return new Response(body, { status, headers: { ...headers, ...named, ...error.details.headers } })
}

/** An upstream's error body is kept only if it is in the client's format; it is then forwarded unchanged. */
function errorBody(
  error: GatewayError,
  { arrival: { api, id, client, operation } }: Call,
): Omit<ErrorResponse, 'body'> & { body: Uint8Array<ArrayBuffer> | string } {
  const { upstream } = error.details
  const named = api?.format ?? (operation === 'models' ? formatAt('', client.headers) : 'openai-chat')
  const format = chatFormat(named) ?? chatFormat('openai-chat')!
  const encoded = format.encodeError(error, id)
  return upstream?.body ? { ...encoded, status: error.status, body: upstream.body } : encoded
}
