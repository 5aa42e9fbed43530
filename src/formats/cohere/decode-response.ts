import type { ChatResponse } from '../../chat/response.ts'
import type { ResponsePart } from '../../chat/response.ts'
import type { TextPart } from '../../chat/part.ts'
import { GatewayError } from '../../errors.ts'
import { defined } from '../fields/defined.ts'
import { answerFields, type Fields } from '../fields/fields.ts'
import { argumentText } from '../openai-shared/calls.ts'
import { withOriginal } from '../fields/originals.ts'
import { decodeCitation } from './citations.ts'
import { decodeFinish, isFailure } from './finish.ts'
import { NAME } from './name.ts'
import { decodeUsage } from './usage.ts'

/** Marks the text of a response that was its tool plan. */
export const PLAN = 'tool_plan'

/**
 * Decodes a complete response; the tool plan before calls becomes text. It has no model name. Throws GatewayError
 * `upstream_malformed`, and `upstream_failed` for a response that ended with an error. Source:
 * https://docs.cohere.com/reference/chat
 */
export function decodeResponse(body: unknown): ChatResponse {
  const fields = answerFields(body)
  const message = fields.requiredObject('message')
  const reason = fields.any('finish_reason')
  if (isFailure(reason))
    throw new GatewayError(
      'upstream_failed',
      `The upstream ended the response with the finish reason ${String(reason)}.`,
    )
  message.any('role')
  const parts = decodeParts(message)
  return {
    format: NAME,
    ...defined({ id: fields.string('id'), usage: decodeUsage(fields.any('usage')) }),
    choices: [{ parts, finish: decodeFinish(reason), ...message.extra() }],
    ...fields.extra(),
  }
}

function decodeParts(message: Fields): ResponsePart[] {
  const plan = message.string('tool_plan') ?? ''
  const content = (message.objects('content') ?? []).flatMap(decodeContent)
  const citations = (message.list('citations') ?? []).flatMap((value) => decodeCitation(value) ?? [])
  const text = content.findIndex(({ type }) => type === 'text')
  if (citations.length > 0 && text !== -1) content[text] = { ...(content[text] as TextPart), citations }
  return [
    ...(plan === '' ? [] : [withOriginal({ type: 'text', text: plan } as const, PLAN)]),
    ...content,
    ...(message.objects('tool_calls') ?? []).map(decodeCall),
  ]
}

/** Empty texts are dropped. */
function decodeContent(part: Fields): ResponsePart[] {
  const type = part.requiredString('type')
  if (type === 'text') {
    const text = part.requiredString('text')
    return text === '' ? [] : [{ type: 'text', text, ...part.extra() }]
  }
  if (type === 'thinking') return [{ type: 'reasoning', text: part.requiredString('thinking'), ...part.extra() }]
  return [{ type: 'native', format: NAME, kind: type, value: part.whole() }]
}

function decodeCall(call: Fields): ResponsePart {
  call.any('type')
  const called = call.requiredObject('function')
  const name = called.requiredString('name')
  return { type: 'tool-call', id: call.requiredString('id'), name, arguments: argumentText(called.any('arguments')) }
}
