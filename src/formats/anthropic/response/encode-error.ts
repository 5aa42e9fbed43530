import type { GatewayError } from '../../../errors.ts'
import { textOf } from '../../../codecs/text.ts'
import { decodeError } from './decode-error.ts'

interface Answer {
  readonly status: number
  readonly type: string
}

/** The API's error type by status. Source: https://platform.claude.com/docs/en/api/errors */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  499: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/** The status and body of an error response. An upstream's error in the Anthropic format is forwarded unchanged. */
export function encodeError(error: GatewayError, requestId: string): { status: number; body: string } {
  const { status } = answerTo(error)
  const own = error.details.upstream?.body && textOf(error.details.upstream.body)
  if (own !== undefined && decodeError(own)?.isEnvelope) return { status, body: own }
  return { status, body: encodeErrorBody(error, requestId) }
}

/** `{type: "error", error: {type, message}, request_id}`. In a stream the id is in the response headers only. */
export function encodeErrorBody(error: GatewayError, requestId?: string): string {
  const { type } = answerTo(error)
  return JSON.stringify({
    type: 'error',
    error: { type, message: messageOf(error), ...detailsOf(error) },
    ...(requestId !== undefined && { request_id: requestId }),
  })
}

/**
 * What Anthropic's SDKs read of a refused field. They send a refused thread again as a whole conversation.
 * Source: https://platform.claude.com/docs/en/build-with-claude/message-threads
 */
const DETAILS: Readonly<Record<string, object>> = {
  thread: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
}

function detailsOf({ status, details: { param = '' } }: GatewayError): { details?: object } {
  return status === 400 && Object.hasOwn(DETAILS, param) ? { details: DETAILS[param]! } : {}
}

function answerTo({ code, status, details }: GatewayError): Answer {
  const answer = details.upstream?.kind === 'billing' ? 402 : code === 'overloaded' ? 529 : statusFor(status, code)
  return { status: answer, type: TYPES[answer] ?? (answer < 500 ? 'invalid_request_error' : 'api_error') }
}

/** Maps a status to one that the API defines. Rejected gateway credentials are a 502: the client cannot fix them. */
function statusFor(status: number, code: string): number {
  if (code === 'upstream_auth') return 502
  if (status === 422) return 400
  if (status === 503 || status === 529) return 529
  if (status === 504) return 504
  return status >= 500 ? 500 : status
}

/** Claude Code and other clients shorten a conversation when they see this message. */
const TOO_LONG = 'prompt is too long'

function messageOf({ code, message, details }: GatewayError): string {
  const isTooLong = code === 'context_length_exceeded' || details.upstream?.kind === 'context-length'
  return isTooLong && !message.toLowerCase().startsWith(TOO_LONG) ? `${TOO_LONG}: ${message}` : message
}
