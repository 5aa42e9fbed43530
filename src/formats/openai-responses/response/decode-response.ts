import type { Extra } from '../../../chat/part.ts'
import type { ChatResponse } from '../../../chat/response.ts'
import { GatewayError } from '../../../errors.ts'
import { defined } from '../../fields/defined.ts'
import { answerFields, type Fields, isRecord } from '../../fields/fields.ts'
import { upstreamErrorOf } from '../../openai-shared/decode-error.ts'
import { filled } from '../../fields/values.ts'
import { withOriginal } from '../../fields/originals.ts'
import { failureOf } from './decode-error.ts'
import { decodeItem, type ItemPart, logprobsOf } from '../content/decode-items.ts'
import { decodeFinish } from './finish.ts'
import { NAME } from '../name.ts'
import { sealOrigin } from '../content/seals.ts'
import { decodeUsage } from './usage.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/**
 * Decodes a complete response. The repeated request fields and fields of this format only are carried.
 * Throws GatewayError `upstream_malformed` if it is invalid, and `upstream_failed` if it failed.
 */
export function decodeResponse(body: unknown): ChatResponse {
  const fields = answerFields(body)
  const original = body as JsonObject
  if (original['status'] === 'failed' || !Array.isArray(original['output'])) throwIfFailed(original)
  const head = decodeHead(fields)
  const parts = decodeOutput(fields, head.model)
  const [status, details] = [filled(fields.any('status')), fields.object('incomplete_details')]
  const finish = decodeFinish(status, filled(details?.any('reason')), {
    toolCalls: parts.some(({ type }) => type === 'tool-call'),
    refusal: parts.some(({ type }) => type === 'refusal'),
  })
  const logprobs = parts.flatMap(logprobsOf)
  const usage = decodeUsage(fields.any('usage'))
  fields.any('error')
  const response: ChatResponse = {
    format: NAME,
    ...head,
    choices: [{ parts, finish, ...(logprobs.length > 0 && { logprobs }) }],
    ...(usage && { usage }),
    ...fields.extra(),
  }
  return withOriginal(response, { status, incomplete_details: original['incomplete_details'] })
}

function throwIfFailed(original: JsonObject): void {
  const failure = original['error'] ? failureOf(original) : upstreamErrorOf(original)
  if (failure || original['status'] === 'failed')
    throw new GatewayError('upstream_failed', failure?.message ?? failureOf(undefined).message)
}

/** The fields of a response that do not change while it is generated. */
export function decodeHead(fields: Fields): Pick<ChatResponse, 'id' | 'model' | 'created' | 'tier'> {
  fields.any('object')
  const created = fields.any('created_at')
  return defined({
    id: filled(fields.any('id')),
    model: filled(fields.any('model')),
    created: typeof created === 'number' && created > 0 ? created : undefined,
    tier: filled(fields.any('service_tier')),
  })
}

/** The fields of a response that are neither its head nor its output. */
export function extraOf(response: JsonObject): Extra | undefined {
  const fields = answerFields(response)
  decodeHead(fields)
  for (const key of ['status', 'incomplete_details', 'error', 'usage', 'output']) fields.any(key)
  return fields.rest()
}

/** The parts of all items, in order. */
export function decodeOutput(fields: Fields, model: string | undefined): ItemPart[] {
  const listed = fields.requiredList('output')
  const origin = sealOrigin(model)
  return (fields.objects('output') ?? []).flatMap((item, index) =>
    isRecord(listed[index]) ? decodeItem(item, listed[index], origin) : [],
  )
}
