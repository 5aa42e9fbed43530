import type { ChatResponse } from '../../../chat/response.ts'
import { GatewayError } from '../../../errors.ts'
import { answerFields, type Fields } from '../../fields/fields.ts'
import { decodeResponseBlock } from '../content/decode-blocks.ts'
import { upstreamErrorOf } from './decode-error.ts'
import { decodeFinish } from './finish.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import { decodeUsage } from './usage.ts'

/**
 * Reads a complete message. Fields that only this format has become extra fields of the one choice, as in a stream,
 * where most of them arrive at the end. Throws GatewayError `upstream_malformed`; `upstream_failed` for an error body.
 */
export function decodeResponse(body: unknown): ChatResponse {
  const fields = answerFields(body)
  if (fields.any('type') === 'error')
    throw new GatewayError(
      'upstream_failed',
      upstreamErrorOf(body)?.message ?? 'The upstream returned an error instead of a message.',
    )
  fields.any('role')
  const id = fields.string('id')
  const model = fields.string('model')
  const parts = (fields.objects('content') ?? missing(fields)).map(decodeResponseBlock)
  const finish = decodeFinish({
    stop_reason: fields.any('stop_reason'),
    stop_sequence: fields.any('stop_sequence'),
    stop_details: fields.any('stop_details'),
  })
  const wireUsage = fields.record('usage')
  const { usage, tier } = wireUsage ? decodeUsage(wireUsage) : {}
  return {
    format: ANTHROPIC,
    ...(id !== undefined && { id }),
    ...(model !== undefined && { model }),
    ...(tier !== undefined && { tier }),
    choices: [{ parts, finish, ...fields.extra() }],
    ...(usage && { usage }),
  }
}

function missing(fields: Fields): never {
  throw fields.wrong('content', 'is missing')
}
