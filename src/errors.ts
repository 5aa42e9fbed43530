// The closed list of errors that a client can receive. docs/errors.md explains each; a test compares the two.
interface Kind {
  readonly status: number
  /** `error.type` of the OpenAI envelope. */
  readonly type: 'invalid_request_error' | 'authentication_error' | 'rate_limit_error' | 'server_error' | 'api_error'
  /** Whether another endpoint or another model might serve the same request. */
  readonly retryable: boolean
}

/** The kinds of upstream errors that every API format has a status for. */
export type UpstreamErrorKind =
  | 'bad-request'
  | 'context-length'
  | 'unsupported-parameter'
  | 'content-policy'
  /** The key was not accepted. */
  | 'auth'
  /** No credit or no quota is left: waiting does not help. */
  | 'billing'
  | 'permission'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'rate-limit'
  | 'overloaded'
  | 'internal'
  /** The model, not its server, failed: it ended without a usable result. */
  | 'no-result'
  | 'timeout'

const client = (status: number) => ({ status, type: 'invalid_request_error', retryable: false }) as const
const upstream = (status: number) => ({ status, type: 'api_error', retryable: true }) as const

const KINDS = {
  invalid_json: client(400),
  invalid_request: client(400),
  missing_required_parameter: client(400),
  unsupported_parameter: client(400),
  missing_api_key: { status: 401, type: 'authentication_error', retryable: false },
  invalid_api_key: { status: 401, type: 'authentication_error', retryable: false },
  not_found: client(404),
  model_not_found: client(404),
  method_not_allowed: client(405),
  request_timeout: client(408),
  request_too_large: client(413),
  unsupported_encoding: client(415),
  overloaded: { status: 429, type: 'rate_limit_error', retryable: true },
  client_closed: { status: 499, type: 'invalid_request_error', retryable: false },
  internal: { status: 500, type: 'server_error', retryable: false },
  hedge_lost: client(499),
  context_length_exceeded: client(400),
  content_policy_violation: client(400),
  upstream_rejected: { status: 400, type: 'invalid_request_error', retryable: false },
  upstream_not_found: { status: 404, type: 'invalid_request_error', retryable: true },
  upstream_rate_limited: { status: 429, type: 'rate_limit_error', retryable: true },
  upstream_overloaded: { status: 503, type: 'server_error', retryable: true },
  upstream_failed: { status: 502, type: 'server_error', retryable: true },
  upstream_auth: upstream(502),
  upstream_unreachable: upstream(502),
  upstream_reset: upstream(502),
  upstream_malformed: upstream(502),
  upstream_cut: upstream(502),
  upstream_timeout: upstream(504),
  upstream_connect_timeout: upstream(504),
  upstream_headers_timeout: upstream(504),
  upstream_first_event_timeout: upstream(504),
  upstream_idle_timeout: upstream(504),
  // The total timeout has also passed for any further attempt.
  upstream_total_timeout: { ...upstream(504), retryable: false },
} as const satisfies Record<string, Kind>

export type ErrorCode = keyof typeof KINDS

export const errorCodes = Object.keys(KINDS) as readonly ErrorCode[]

export interface ErrorDetails {
  /** The request field at fault. */
  readonly param?: string
  /** The upstream's status, which replaces the default status of the code. */
  readonly status?: number
  /** What the upstream reported: its `type` and `code`, and its bytes if they are in the client's format already. */
  readonly upstream?: {
    readonly type?: string
    readonly code?: string
    /** The kind of error, which each format expresses in its own way. */
    readonly kind?: UpstreamErrorKind
    readonly body?: Uint8Array<ArrayBuffer>
  }
  readonly retryAfterMs?: number
  /** The client's timeout was shorter than the gateway's, so the error is no evidence against the upstream. */
  readonly isCallerTimeout?: true
  /** The model failed, or the request needs what this kind of server lacks: no evidence against the endpoint. */
  readonly sparesEndpoint?: true
  /** Headers of this response, such as `allow`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** An error that a client may see. The message says what went wrong and what to do; `cause` is for the log only. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  readonly status: number
  readonly type: string
  readonly retryable: boolean
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    const kind = KINDS[code]
    this.code = code
    this.status = details.status ?? kind.status
    this.type = kind.type
    this.retryable = kind.retryable
    this.details = details
  }

  /** A copy with another message or retry delay. A new message drops the upstream's bytes, which do not contain it. */
  with(change: { readonly message?: string; readonly retryAfterMs?: number | undefined }): GatewayError {
    const { retryAfterMs: _, ...details } = this.details
    const retryAfterMs = 'retryAfterMs' in change ? change.retryAfterMs : this.details.retryAfterMs
    const { body, ...upstream } = details.upstream ?? {}
    return new GatewayError(this.code, change.message ?? this.message, {
      ...details,
      ...(details.upstream && { upstream: change.message === undefined && body ? { ...upstream, body } : upstream }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  }
}

/** Any thrown value as an error that a client may see. Called once, at the edge. */
export const asGatewayError = (thrown: unknown): GatewayError =>
  thrown instanceof GatewayError
    ? thrown
    : new GatewayError(
        'internal',
        'An internal error occurred in the gateway. The cause is in its log under this request id.',
        {
          cause: thrown,
        },
      )
