import type { ResponsePart, ChatResponse } from '../../chat/response.ts'
import { defined } from '../fields/defined.ts'
import { answerFields, type Fields } from '../fields/fields.ts'
import { decodeLogprobs } from '../openai-shared/logprobs.ts'
import { decodeCall } from './calls.ts'
import { decodeFinish } from './finish.ts'
import { NAME } from './name.ts'
import { createdOf, decodeUsage } from './usage.ts'

/**
 * Decodes a complete response, which has no id. Throws GatewayError `upstream_malformed`. Source:
 * https://docs.ollama.com/api/chat
 */
export function decodeResponse(body: unknown): ChatResponse {
  const fields = answerFields(body)
  const message = fields.requiredObject('message')
  message.any('role')
  const created = fields.any('created_at')
  const parts = decodeParts(message, callIdPrefix(created))
  const usage = decodeUsage({
    prompt_eval_count: fields.any('prompt_eval_count'),
    eval_count: fields.any('eval_count'),
  })
  fields.any('done')
  const logprobs = decodeLogprobs({ content: fields.any('logprobs') })
  const hasCalls = parts.some(({ type }) => type === 'tool-call')
  return {
    format: NAME,
    ...defined({ model: fields.string('model'), created: createdOf(created), usage }),
    choices: [
      {
        parts,
        finish: decodeFinish(fields.any('done_reason'), hasCalls),
        ...(logprobs && { logprobs }),
        ...message.extra(),
      },
    ],
    ...fields.extra(),
  }
}

/** Distinguishes the calls of different responses if they have no ids. */
export const callIdPrefix = (created: unknown): string =>
  typeof created === 'string' ? created.replaceAll(/\D/g, '').slice(-12) : '0'

function decodeParts(message: Fields, place: string): ResponsePart[] {
  const [text, thinking] = [message.string('content') ?? '', message.string('thinking') ?? '']
  return [
    ...(thinking === '' ? [] : [{ type: 'reasoning', text: thinking } as const]),
    ...(text === '' ? [] : [{ type: 'text', text } as const]),
    ...(message.objects('tool_calls') ?? []).map((call, at) => decodeCall(call, `${place}_${at}`)),
  ]
}
