import type { UpstreamError } from '../../chat/upstream-error.ts'
import type { UpstreamErrorKind } from '../../errors.ts'
import { isRecord } from '../fields/fields.ts'

interface Row {
  readonly kind: UpstreamErrorKind
  /** The status that the API gives it; events of a stream have only the name. */
  readonly status: number
}

/**
 * Errors by name, without `Exception`; events begin theirs with a small letter.
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

/** What a `ValidationException` says in its message only. */
const MESSAGES: readonly (readonly [RegExp, UpstreamErrorKind])[] = [
  [
    /input tokens exceeded|(?:input|prompt) is too long|too many (?:input )?tokens|exceeds? the .*context/i,
    'context-length',
  ],
  [/extraneous key|is not supported|doesn't support|not permitted/i, 'unsupported-parameter'],
  [/content filter|responsible ai/i, 'content-policy'],
]

/** `ThrottlingException:http://internal.amazon.com/coral/...`, `com.amazon.coral.service#UnrecognizedClientException` */
const ERROR_NAME = /^(?:.*#)?(\w+)/

/**
 * An error body, `{message}`; its name stands in the header `x-amzn-errortype`, from some services in the body. Undefined for
 * anything else.
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

/** The error of an event in a stream, by its name. */
export function upstreamErrorOf(body: Readonly<Record<string, unknown>>, name?: string): UpstreamError | undefined {
  const words = body['message'] ?? body['Message'] ?? body['originalMessage']
  const given = name ?? body['__type'] ?? body['code']
  if (typeof words !== 'string' && typeof given !== 'string') return undefined
  const [, type] = typeof given === 'string' ? (ERROR_NAME.exec(given) ?? []) : []
  const row = type === undefined ? undefined : rowOf(type)
  const message = typeof words === 'string' && words !== '' ? words : 'The upstream gave no message.'
  const kind = kindOf(message, row?.kind)
  return {
    message,
    ...(type !== undefined && { type }),
    status: statusOf(body) ?? row?.status ?? 500,
    ...(kind && { kind }),
    isEnvelope: typeof words === 'string',
  }
}

/** A model's own failure may come with the status that the model gave. */
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
