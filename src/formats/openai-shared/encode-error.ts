import type { UpstreamErrorKind } from '../../errors.ts'
import type { GatewayError } from '../../errors.ts'

const DONE = 'data: [DONE]\n\n'

/**
 * OpenAI's types and codes for the kinds of upstream errors. Source: https://platform.openai.com/docs/guides/error-codes
 */
const ERRORS: Readonly<Partial<Record<UpstreamErrorKind, { readonly type: string; readonly code?: string }>>> = {
  'context-length': { type: 'invalid_request_error', code: 'context_length_exceeded' },
  'unsupported-parameter': { type: 'invalid_request_error', code: 'unsupported_parameter' },
  'content-policy': { type: 'invalid_request_error', code: 'content_filter' },
  billing: { type: 'insufficient_quota', code: 'insufficient_quota' },
  permission: { type: 'permission_error' },
  'not-found': { type: 'invalid_request_error', code: 'model_not_found' },
  'rate-limit': { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  overloaded: { type: 'server_error' },
}

/** The error response. An upstream error of a known kind gets OpenAI's type and code, whatever the upstream's format. */
export const encodeError = (error: GatewayError): { status: number; body: string } => ({
  status: error.status === 529 ? 503 : error.status, // Anthropic's status for overload, which OpenAI clients do not know
  body: encodeEnvelope(error),
})

/** The envelope `{"error": {message, type, param, code}}`. */
export function encodeEnvelope(error: GatewayError): string {
  const { upstream, param } = error.details
  const known = upstream?.kind && ERRORS[upstream.kind]
  const code = known?.code ?? upstream?.code ?? error.code
  const type = known?.type ?? upstream?.type ?? error.type
  return JSON.stringify({ error: { message: error.message, type, param: param ?? null, code } })
}

/**
 * An error as the last events of a stream that has begun. `[DONE]` follows because some clients wait for it. Every
 * OpenAI SDK throws on the error event before it reads `[DONE]`.
 */
export const encodeErrorEvent = (error: GatewayError): string => `data: ${encodeEnvelope(error)}\n\n${DONE}`
