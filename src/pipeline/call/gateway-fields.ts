import type { FallbackKind } from '../../routing/fallbacks.ts'
import { parseBody } from './parse-body.ts'

/**
 * Where a client sets a timeout; the first one present applies. Source:
 * https://docs.litellm.ai/docs/proxy/request_headers
 */
export const TIMEOUT_PLACES = {
  total: { headers: ['x-sluice-timeout', 'x-litellm-timeout'], field: 'timeout' },
  firstEvent: { headers: ['x-sluice-stream-timeout', 'x-litellm-stream-timeout'], field: 'stream_timeout' },
} as const

/** Lists of fallback models, with LiteLLM's names. Source: https://docs.litellm.ai/docs/proxy/reliability */
export const FALLBACK_FIELDS: Readonly<Record<string, FallbackKind>> = {
  fallbacks: 'any',
  context_window_fallbacks: 'contextWindow',
  content_policy_fallbacks: 'contentPolicy',
}

/** Fields that change retries and fallbacks. */
export const RETRY_FIELDS: ReadonlySet<string> = new Set([
  ...Object.keys(FALLBACK_FIELDS),
  'num_retries',
  'disable_fallbacks',
])

/** Fields of a body that are meant for the gateway. They are never sent upstream. */
export const GATEWAY_FIELDS: ReadonlySet<string> = new Set([
  ...RETRY_FIELDS,
  TIMEOUT_PLACES.total.field,
  TIMEOUT_PLACES.firstEvent.field,
])

/**
 * The parsed body without the fields that are meant for the gateway, and without `others`. Throws GatewayError
 * `invalid_json`.
 */
export function withoutGatewayFields(body: Uint8Array, others: readonly string[] = []): unknown {
  const fields = parseBody(body) as Record<string, unknown>
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !GATEWAY_FIELDS.has(key) && !others.includes(key)))
}
