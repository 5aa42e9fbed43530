import type { UpstreamError } from '../../../chat/upstream-error.ts'
import type { UpstreamErrorKind } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'

interface Row {
  readonly kind: UpstreamErrorKind
  /** The API's status for this name. An error event in a stream has only the name. */
  readonly status: number
}

/**
 * Errors by name, without `Exception`. Names of events start with a lower-case letter.
 * Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and its CommonErrors
 */
const NAMES: Readonly<Record<string, Row>> = {
  Validation: { kind: 'bad-request', status: 400 },
  ServiceQuotaExceeded: { kind: 'billing', status: 400 },
  AccessDenied: { kind: 'permission', status: 403 },
  UnrecognizedClient: { kind: 'auth', status: 403 },
  InvalidSignature: { kind: 'auth', status: 403 },
  IncompleteSignature: { kind: 'auth', status: 403 },
  InvalidClientTokenId: { kind: 'auth', status: 403 },
  MissingAuthenticationToken: { kind: 'auth', status: 403 },
  ExpiredToken: { kind: 'auth', status: 403 },
  OptInRequired: { kind: 'auth', status: 403 },
  ResourceNotFound: { kind: 'not-found', status: 404 },
  ModelTimeout: { kind: 'timeout', status: 408 },
  Conflict: { kind: 'conflict', status: 409 },
  ModelError: { kind: 'internal', status: 424 },
  ModelStreamError: { kind: 'internal', status: 424 },
  ModelNotReady: { kind: 'rate-limit', status: 429 },
  Throttling: { kind: 'rate-limit', status: 429 },
  TooManyRequests: { kind: 'rate-limit', status: 429 },
  InternalServer: { kind: 'internal', status: 500 },
  InternalFailure: { kind: 'internal', status: 500 },
  ServiceUnavailable: { kind: 'overloaded', status: 503 },
}

/** Kinds of `ValidationException` that only the message tells apart. */
const MESSAGES: readonly (readonly [RegExp, UpstreamErrorKind])[] = [
  [
    /input tokens exceeded|(?:input|prompt) is too long|too many (?:input )?tokens|exceeds? the .*context/i,
    'context-length',
  ],
  [/extraneous key|is not supported|doesn't support|not permitted/i, 'unsupported-parameter'],
  [/content filter|responsible ai/i, 'content-policy'],
]

/**
 * `ThrottlingException:http://internal.amazon.com/coral/...`, `com.amazon.coral.service#UnrecognizedClientException`
 */
const ERROR_NAME = /^(?:.*#)?(\w+)/

/**
 * Reads an error body, `{message}`. Its name is in the header `x-amzn-errortype`, or from some services in the body.
 * Undefined for anything else.
 */
export function decodeError(text: string, headers?: Headers): UpstreamError | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  return isRecord(body) ? upstreamErrorOf(body, headers?.get('x-amzn-errortype') ?? undefined) : undefined
}

/** Reads the error of an event in a stream, by the event's name. */
export function upstreamErrorOf(body: Readonly<Record<string, unknown>>, name?: string): UpstreamError | undefined {
  const text = body['message'] ?? body['Message'] ?? body['originalMessage']
  const fullName = name ?? body['__type'] ?? body['code']
  if (typeof text !== 'string' && typeof fullName !== 'string') return undefined
  const [, type] = typeof fullName === 'string' ? (ERROR_NAME.exec(fullName) ?? []) : []
  const row = type === undefined ? undefined : rowOf(type)
  const message = typeof text === 'string' && text !== '' ? text : 'The upstream gave no message.'
  const kind = kindOf(message, row?.kind)
  return {
    message,
    ...(type !== undefined && { type }),
    status: statusOf(body) ?? row?.status ?? 500,
    ...(kind && { kind }),
    isEnvelope: typeof text === 'string',
  }
}

/** A model error can have the status that the model itself returned. */
const statusOf = ({ originalStatusCode: status }: Readonly<Record<string, unknown>>): number | undefined =>
  typeof status === 'number' && status >= 400 && status < 600 ? status : undefined

function rowOf(type: string): Row | undefined {
  const key = type.charAt(0).toUpperCase() + type.slice(1).replace(/(?:Exception|Error)$/, '')
  const full = type.charAt(0).toUpperCase() + type.slice(1).replace(/Exception$/, '')
  return Object.hasOwn(NAMES, full) ? NAMES[full] : Object.hasOwn(NAMES, key) ? NAMES[key] : undefined
}

function kindOf(message: string, kind: UpstreamErrorKind | undefined): UpstreamErrorKind | undefined {
  if (kind !== undefined && kind !== 'bad-request') return kind
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? kind
}
