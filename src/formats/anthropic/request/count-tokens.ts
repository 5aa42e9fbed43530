// Counting the tokens of a prompt: `/v1/messages/count_tokens` takes a Messages request without the fields for the
// response.
// Source: https://platform.claude.com/docs/en/api/messages-count-tokens
import type { ChatRequest } from '../../../chat/request.ts'
import { answerFields } from '../../fields/fields.ts'
import type { Target } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { encodeRequest } from './encode-request.ts'

/** Fields that the endpoint rejects. */
const RESPONSE_FIELDS: ReadonlySet<string> = new Set([
  'max_tokens',
  'stream',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'metadata',
  'service_tier',
])

/** The body of a count request to an upstream. The client's request is read by `decodeRequest`. */
export function encodeCountRequest(request: ChatRequest, target: Target, losses: Losses): Record<string, unknown> {
  const body = Object.entries(encodeRequest(request, target, losses))
  return Object.fromEntries(body.filter(([field]) => !RESPONSE_FIELDS.has(field)))
}

/** Reads an upstream's count. Throws GatewayError `upstream_malformed`. */
export function decodeTokenCount(body: unknown): number {
  const fields = answerFields(body)
  const count = fields.number('input_tokens')
  if (count === undefined) throw fields.wrong('input_tokens', 'is missing')
  return count
}

/** The body of the response to a client. */
export const encodeTokenCount = (inputTokens: number): Record<string, unknown> => ({ input_tokens: inputTokens })
