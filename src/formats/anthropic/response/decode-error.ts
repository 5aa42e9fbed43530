import type { UpstreamError } from '../../../chat/upstream-error.ts'
import type { UpstreamErrorKind } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'

interface Row {
  readonly kind: UpstreamErrorKind
  /** The API's status for this type. An error inside a stream has only the type. */
  readonly status: number
}

/** Source: https://platform.claude.com/docs/en/api/errors */
const TYPES: Readonly<Record<string, Row>> = {
  invalid_request_error: { kind: 'bad-request', status: 400 },
  authentication_error: { kind: 'auth', status: 401 },
  billing_error: { kind: 'billing', status: 402 },
  permission_error: { kind: 'permission', status: 403 },
  not_found_error: { kind: 'not-found', status: 404 },
  conflict_error: { kind: 'conflict', status: 409 },
  request_too_large: { kind: 'too-large', status: 413 },
  rate_limit_error: { kind: 'rate-limit', status: 429 },
  api_error: { kind: 'internal', status: 500 },
  timeout_error: { kind: 'timeout', status: 504 },
  overloaded_error: { kind: 'overloaded', status: 529 },
}

/** Kinds of `invalid_request_error` that only the message tells apart. */
const MESSAGES: readonly (readonly [RegExp, UpstreamErrorKind])[] = [
  [
    /prompt is too long|exceeds? (?:the )?(?:model's )?context|context (?:window|limit)|input is too long|too many (?:input )?tokens/i,
    'context-length',
  ],
  [/credit balance is too low|purchase credits/i, 'billing'],
  [/content filtering policy|usage policy/i, 'content-policy'],
]

/**
 * Reads an error body: `{type: "error", error: {type, message}, request_id}`, and the shapes of other clouds that serve
 * Claude: `{error: {code, message, status}}` (Vertex), `{message}` (Bedrock). Undefined for anything else.
 */
export function decodeError(text: string): UpstreamError | undefined {
  try {
    return upstreamErrorOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

export function upstreamErrorOf(body: unknown): UpstreamError | undefined {
  const given = Array.isArray(body) ? (body[0] as unknown) : body
  if (!isRecord(given)) return undefined
  if (!isRecord(given['error'])) return typeof given['message'] === 'string' ? fromObject(given, false) : undefined
  return fromObject(given['error'], given['type'] === 'error' && typeof given['error']['message'] === 'string')
}

function fromObject(error: Readonly<Record<string, unknown>>, isEnvelope: boolean): UpstreamError {
  const { type, message, error_code: errorCode, code, status } = error
  const row = typeof type === 'string' && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined
  const text = typeof message === 'string' && message !== '' ? message : 'The upstream gave no message.'
  const errorStatus = [code, status].find(isErrorStatus) ?? row?.status
  const ownCode = [errorCode, code, status].find((value) => typeof value === 'string')
  const kind = kindOf(text, row?.kind)
  return {
    message: text,
    ...(typeof type === 'string' && { type }),
    ...(ownCode !== undefined && { code: ownCode }),
    ...(errorStatus !== undefined && { status: errorStatus }),
    ...(kind && { kind }),
    isEnvelope,
  }
}

const isErrorStatus = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 400 && value < 600

function kindOf(message: string, kind: UpstreamErrorKind | undefined): UpstreamErrorKind | undefined {
  if (kind !== undefined && kind !== 'bad-request') return kind
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? kind
}
