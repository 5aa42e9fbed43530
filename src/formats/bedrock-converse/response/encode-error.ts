import type { GatewayError } from '../../../errors.ts'
import type { ErrorResponse } from '../../format.ts'
import { textOf } from '../../../codecs/text.ts'
import { decodeError } from './decode-error.ts'

interface Answer {
  readonly status: number
  /** Without `Exception`. */
  readonly name: string
}

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, Errors */
const ANSWERS: Readonly<Record<number, Answer>> = {
  401: { status: 403, name: 'UnrecognizedClient' },
  403: { status: 403, name: 'AccessDenied' },
  404: { status: 404, name: 'ResourceNotFound' },
  408: { status: 408, name: 'ModelTimeout' },
  409: { status: 409, name: 'Conflict' },
  429: { status: 429, name: 'Throttling' },
  500: { status: 500, name: 'InternalServer' },
  501: { status: 424, name: 'ModelError' },
  502: { status: 424, name: 'ModelError' },
  503: { status: 503, name: 'ServiceUnavailable' },
  504: { status: 408, name: 'ModelTimeout' },
  529: { status: 503, name: 'ServiceUnavailable' },
}

const VALIDATION: Answer = { status: 400, name: 'Validation' }

/** Errors that can end a stream. */
const IN_STREAMS: ReadonlySet<string> = new Set(['InternalServer', 'Validation', 'Throttling', 'ServiceUnavailable'])

/** `{message}`, with the name in a header and in the body. An upstream's own body is forwarded unchanged. */
export function encodeError(error: GatewayError, _requestId: string): ErrorResponse {
  const { status, name } = answerTo(error)
  const headers = { 'x-amzn-errortype': `${name}Exception` }
  const own = error.details.upstream?.body && textOf(error.details.upstream.body)
  if (own !== undefined && decodeError(own)?.isEnvelope) return { status, headers, body: own }
  return { status, headers, body: JSON.stringify({ __type: `${name}Exception`, message: messageOf(error) }) }
}

/** The last event of a stream that fails. */
export function errorFrame(error: GatewayError): { name: string; data: string; isError: true } {
  const { name } = answerTo(error)
  const known = IN_STREAMS.has(name) ? name : 'ModelStreamError'
  const event = `${known.charAt(0).toLowerCase()}${known.slice(1)}Exception`
  return { name: event, data: JSON.stringify({ message: messageOf(error) }), isError: true }
}

function answerTo({ status }: GatewayError): Answer {
  return ANSWERS[status] ?? (status >= 500 ? ANSWERS[500]! : VALIDATION)
}

/** Clients shorten a conversation when they see this message. */
const TOO_LONG = 'Input is too long for requested model'

function messageOf({ code, message, details }: GatewayError): string {
  const isTooLong = code === 'context_length_exceeded' || details.upstream?.kind === 'context-length'
  return isTooLong && !message.toLowerCase().includes('too long') ? `${TOO_LONG}: ${message}` : message
}
