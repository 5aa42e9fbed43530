import type { ErrorCode, GatewayError } from '../../errors.ts'

/**
 * What the end of an attempt says of the endpoint. `failure`: it did not answer. `broken`: it did, and died in the middle.
 * `backpressure`: it asks for time. `misconfigured`: it wants nothing from us as we are. `nothing`: the call was at fault.
 */
export type OutcomeClass = 'failure' | 'broken' | 'backpressure' | 'misconfigured' | 'nothing'

type Rule = OutcomeClass | 'failure-or-broken' | 'failure-unless-begun' | 'by-retry-after' | 'by-status'

/** Every code, so that a new one has to be thought about here too. */
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
  upstream_total_timeout: 'failure-unless-begun', // a stream that still flows is long, and its server is well
} as const satisfies Record<ErrorCode, Rule>

/** Judges an attempt by its error; `hasBegun` when something of the answer had come. */
export function classifyOutcome(error: GatewayError, hasBegun: boolean): OutcomeClass {
  if (error.details.isCallerTimeout) return 'nothing' // or a caller in a hurry could take every endpoint out of service
  const failure = hasBegun ? 'broken' : 'failure'
  const rule: Rule = RULES[error.code]
  switch (rule) {
    case 'failure-or-broken':
      return failure
    case 'failure-unless-begun':
      return hasBegun ? 'nothing' : 'failure'
    case 'by-retry-after': // 529 is overload by definition; a 503 that names no time is what a dead backend gives
      return error.details.retryAfterMs !== undefined || error.status === 529 ? 'backpressure' : failure
    case 'by-status':
      return error.status === 402 ? 'backpressure' : 'nothing' // 402: our account is empty, not the call wrong
    default:
      return rule
  }
}

/** The account behind our key is used up: asking again in a second is of no use. */
export const isOutOfQuota = ({ status, details }: GatewayError): boolean =>
  status === 402 || details.upstream?.code === 'insufficient_quota' || details.upstream?.type === 'insufficient_quota'
