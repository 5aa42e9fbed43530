import type { UpstreamErrorKind } from '../../errors.ts'
import { refusalReason } from './refusal-reason.ts'

/** The fields of an error that indicate its kind. */
export interface ErrorFields {
  readonly message: string
  readonly type?: string
  readonly code?: string
  readonly status?: number
}

/** Codes and types, in lower case. Sources: https://platform.openai.com/docs/guides/error-codes and the vendors' own. */
const CODES: Readonly<Record<string, UpstreamErrorKind>> = {
  unsupported_parameter: 'unsupported-parameter',
  unsupported_value: 'unsupported-parameter',
  invalid_api_key: 'auth',
  authentication_error: 'auth',
  insufficient_quota: 'billing',
  billing_hard_limit_reached: 'billing',
  permission_error: 'permission',
  permissiondeniederror: 'permission',
  model_not_found: 'not-found',
  not_found_error: 'not-found',
  notfounderror: 'not-found',
  deploymentnotfound: 'not-found',
  rate_limit_exceeded: 'rate-limit',
  rate_limit_error: 'rate-limit',
  ratelimitreached: 'rate-limit',
  overloaded_error: 'overloaded',
  engine_overloaded: 'overloaded',
  server_error: 'internal',
  internal_error: 'internal',
  internalservererror: 'internal',
  timeout_error: 'timeout',
}

const REFUSALS = { context_length: 'context-length', content_policy: 'content-policy', none: undefined } as const

/** Message patterns, for servers whose only code is 400. */
const MESSAGES: readonly (readonly [RegExp, UpstreamErrorKind])[] = [
  [/incorrect api key|invalid api key|api key not valid/i, 'auth'],
  [/insufficient (balance|credits)|exceeded your current quota/i, 'billing'],
]

const STATUSES: Readonly<Record<number, UpstreamErrorKind>> = {
  400: 'bad-request',
  401: 'auth',
  402: 'billing',
  403: 'permission',
  404: 'not-found',
  408: 'timeout',
  409: 'conflict',
  413: 'too-large',
  422: 'bad-request',
  429: 'rate-limit',
  500: 'internal',
  502: 'internal',
  503: 'overloaded',
  504: 'timeout',
  529: 'overloaded',
}

/**
 * The kind of an error by its code, then its message, its type, and the status in the body; undefined if none is known.
 */
export function errorKind(fields: ErrorFields): UpstreamErrorKind | undefined {
  const { message, type, code, status } = fields
  return (
    kindOfCode(code) ??
    REFUSALS[refusalReason(status ?? 400, { ...fields, isEnvelope: false }) ?? 'none'] ??
    MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ??
    kindOfCode(type) ??
    (status === undefined ? undefined : STATUSES[status])
  )
}

function kindOfCode(code: string | undefined): UpstreamErrorKind | undefined {
  const key = code?.toLowerCase() ?? ''
  return Object.hasOwn(CODES, key) ? CODES[key] : undefined
}

const WAIT = /try again in (?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)(ms|s))?/i

/** The delay in milliseconds from a message like "Please try again in 6m0.5s", as OpenAI and Groq write it. */
export function parseRetryDelayMs(message: string): number | undefined {
  const [found, hours = 0, minutes = 0, amount = 0, unit] = WAIT.exec(message) ?? []
  if (found === undefined) return undefined
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(amount) * (unit === 'ms' ? 1 : 1000)
  return ms > 0 && Number.isFinite(ms) ? Math.ceil(ms) : undefined
}
