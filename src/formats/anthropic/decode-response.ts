import type { ChatResponse } from '../../chat/response.ts'
import { GatewayError } from '../../errors.ts'
import { answerFields } from '../fields/fields.ts'
import { decodeAnswerBlock } from './decode-blocks.ts'
import { upstreamErrorOf } from './decode-error.ts'
import { decodeFinish } from './finish.ts'
import { ANTHROPIC } from '../claude/name.ts'
import { decodeUsage } from './usage.ts'

/**
 * A whole message. What only this language has stands in the extra fields of its one choice, as in a stream, where most of
 * it comes at the end. Throws GatewayError `upstream_malformed`; `upstream_failed` for an error in place of a message.
 */
export function decodeResponse(body: unknown): ChatResponse {
  const fields = answerFields(body)
  if (fields.any('type') === 'error')
    throw new GatewayError('upstream_failed', upstreamErrorOf(body)?.message ?? 'The upstream answered with an error.')
  fields.any('role')
  const id = fields.string('id')
  const model = fields.string('model')
  const parts = (fields.objects('content') ?? absent()).map(decodeAnswerBlock)
  const finish = decodeFinish({
    stop_reason: fields.any('stop_reason'),
    stop_sequence: fields.any('stop_sequence'),
    stop_details: fields.any('stop_details'),
  })
  const told = fields.record('usage')
  const { usage, tier } = told ? decodeUsage(told) : {}
  return {
    format: ANTHROPIC,
    ...(id !== undefined && { id }),
    ...(model !== undefined && { model }),
    ...(tier !== undefined && { tier }),
    choices: [{ parts, finish, ...fields.extra() }],
    ...(usage && { usage }),
  }
}

function absent(): never {
  throw new GatewayError('upstream_malformed', "The upstream's answer is not readable: content is missing.")
}
