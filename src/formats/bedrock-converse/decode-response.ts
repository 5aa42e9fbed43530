import type { ChatResponse } from '../../chat/response.ts'
import type { Extra } from '../../chat/part.ts'
import { answerFields, isRecord } from '../fields/fields.ts'
import { decodeAnswerBlock } from './decode-blocks.ts'
import { decodeFinish, otherFields } from './finish.ts'
import { CONVERSE } from './name.ts'
import { decodeUsage } from './usage.ts'

/**
 * A whole answer. It names neither itself nor its model. What only this language has stands in the extra fields of its one
 * choice; how long the model took (`metrics`) is nobody's. Throws GatewayError `upstream_malformed`.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function decodeResponse(body: unknown): ChatResponse {
  const fields = answerFields(body)
  const message = fields.requiredObject('output').requiredObject('message')
  const blocks = message.objects('content')
  if (!blocks) throw message.wrong('content', 'is missing')
  const own = fields.any('additionalModelResponseFields')
  const told = fields.record('usage')
  fields.any('metrics')
  const finish = decodeFinish(fields.any('stopReason'), own)
  const extra = answerRest({ ...fields.rest(), additionalModelResponseFields: otherFields(own) })
  return {
    format: CONVERSE,
    choices: [{ parts: blocks.map(decodeAnswerBlock), finish, ...(extra && { extra }) }],
    ...(told && { usage: decodeUsage(told) }),
  }
}

/** What is as usual, and so says nothing. */
const USUAL: Readonly<Record<string, (value: Extra) => boolean>> = {
  serviceTier: ({ type }) => type === 'default',
  performanceConfig: ({ latency }) => latency === 'standard',
}

/** Fields of an answer that are worth keeping; undefined: none. */
export function answerRest(fields: Extra): Extra | undefined {
  const kept = Object.entries(fields).filter(
    ([key, value]) => value != null && !(isRecord(value) && Object.hasOwn(USUAL, key) && USUAL[key]!(value)),
  )
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}
