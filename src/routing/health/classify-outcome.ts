import type { ErrorCode, GatewayError } from '../../errors.ts'

/**
 * What the end of an attempt means for the endpoint. `failure`: it failed before the first event. `broken`: it failed after.
 * `backpressure`: it is overloaded or rate-limited. `misconfigured`: it rejects the credentials or does not have the model.
 * `nothing`: the cause is the request, the client or Sluice.
 */
export type OutcomeClass = 'failure' | 'broken' | 'backpressure' | 'misconfigured' | 'nothing'

type Rule = OutcomeClass | 'failure-or-broken' | 'failure-unless-begun' | 'by-retry-after' | 'by-status'

/** Every code, so that a new one cannot be forgotten here. */
const RULES = {
  invalid_json: 'nothing',
  invalid_request: 'nothing',
  missing_required_parameter: 'nothing',
  unsupported_parameter: 'nothing',
  missing_api_key: 'nothing',
  invalid_api_key: 'nothing',
  not_found: 'nothing',
  model_not_found: 'nothing',
  method_not_allowed: 'nothing',
  request_timeout: 'nothing',
  request_too_large: 'nothing',
  unsupported_encoding: 'nothing',
  overloaded: 'nothing',
  client_closed: 'nothing',
  internal: 'nothing',
  hedge_lost: 'nothing',
  context_length_exceeded: 'nothing',
  content_policy_violation: 'nothing',
  upstream_rejected: 'by-status',
  upstream_not_found: 'misconfigured',
  upstream_auth: 'misconfigured',
  upstream_rate_limited: 'backpressure',
  upstream_overloaded: 'by-retry-after',
  upstream_failed: 'failure-or-broken',
  upstream_unreachable: 'failure-or-broken',
  upstream_reset: 'failure-or-broken',
  upstream_malformed: 'failure-or-broken',
  upstream_cut: 'failure-or-broken',
  upstream_timeout: 'failure-or-broken',
  upstream_connect_timeout: 'failure-or-broken',
  upstream_headers_timeout: 'failure-or-broken',
  upstream_first_event_timeout: 'failure-or-broken',
  upstream_idle_timeout: 'failure-or-broken',
  upstream_total_timeout: 'failure-unless-begun', // a stream that still sends is long, and its server is healthy
} as const satisfies Record<ErrorCode, Rule>

/** Classifies an attempt by its error; `hasBegun`: the first event had been received. */
export function classifyOutcome(error: GatewayError, hasBegun: boolean): OutcomeClass {
  if (error.details.isCallerTimeout) return 'nothing' // otherwise a client with short timeouts could eject every endpoint
  if (error.details.sparesEndpoint) return 'nothing'
  const failure = hasBegun ? 'broken' : 'failure'
  const rule: Rule = RULES[error.code]
  switch (rule) {
    case 'failure-or-broken':
      return failure
    case 'failure-unless-begun':
      return hasBegun ? 'nothing' : 'failure'
    case 'by-retry-after': // 529 is overload by definition; a 503 without retry-after is typical of a dead backend
      return error.details.retryAfterMs !== undefined || error.status === 529 ? 'backpressure' : failure
    case 'by-status':
      return error.status === 402 ? 'backpressure' : 'nothing' // 402: the account has no credit; the request is valid
    default:
      return rule
  }
}

/** Whether the account's quota is used up: a retry after a second would fail too. */
export const isOutOfQuota = ({ status, details }: GatewayError): boolean =>
  status === 402 || details.upstream?.code === 'insufficient_quota' || details.upstream?.type === 'insufficient_quota'
