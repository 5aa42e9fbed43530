import type { ChatResponse } from '../../../chat/response.ts'
import type { Extra } from '../../../chat/part.ts'
import { answerFields, isRecord } from '../../fields/fields.ts'
import { decodeResponseBlock } from '../content/decode-blocks.ts'
import { decodeFinish, otherFields } from './finish.ts'
import { CONVERSE } from '../name.ts'
import { decodeUsage } from './usage.ts'

/**
 * Reads a complete response, which has no id and no model. Fields that only this format has become extra fields of the
 * one choice; `metrics` (the model's latency) is dropped. Throws GatewayError `upstream_malformed`.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function decodeResponse(body: unknown): ChatResponse {
  const fields = answerFields(body)
  const message = fields.requiredObject('output').requiredObject('message')
  const blocks = message.objects('content')
  if (!blocks) throw message.wrong('content', 'is missing')
  const own = fields.any('additionalModelResponseFields')
  const wireUsage = fields.record('usage')
  fields.any('metrics')
  const finish = decodeFinish(fields.any('stopReason'), own)
  const extra = answerRest({ ...fields.rest(), additionalModelResponseFields: otherFields(own) })
  return {
    format: CONVERSE,
    choices: [{ parts: blocks.map(decodeResponseBlock), finish, ...(extra && { extra }) }],
    ...(wireUsage && { usage: decodeUsage(wireUsage) }),
  }
}

/** Values that are the default, by field. Such fields are dropped. */
const IS_DEFAULT: Readonly<Record<string, (value: Extra) => boolean>> = {
  serviceTier: ({ type }) => type === 'default',
  performanceConfig: ({ latency }) => latency === 'standard',
}

/** The fields of a response without nulls and defaults; undefined: no fields are left. */
export function answerRest(fields: Extra): Extra | undefined {
  const kept = Object.entries(fields).filter(
    ([key, value]) => value != null && !(isRecord(value) && Object.hasOwn(IS_DEFAULT, key) && IS_DEFAULT[key]!(value)),
  )
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}
