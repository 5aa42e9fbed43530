import type { ChatResponse } from '../../chat/response.ts'
import type { ResponsePart } from '../../chat/response.ts'
import type { TextPart } from '../../chat/part.ts'
import { GatewayError } from '../../errors.ts'
import { defined } from '../fields/defined.ts'
import { answerFields, type Fields, isRecord } from '../fields/fields.ts'
import { argumentText } from '../openai-shared/calls.ts'
import { withOriginal } from '../fields/originals.ts'
import { decodeCitation } from './citations.ts'
import { decodeFinish, isFailure } from './finish.ts'
import { NAME, PLAN } from './name.ts'
import { decodeUsage } from './usage.ts'

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
  const content = (message.objects('content') ?? []).map(decodeContent)
  addCitations(content, message.list('citations') ?? [])
  return [
    ...(plan === '' ? [] : [withOriginal({ type: 'text', text: plan } as const, PLAN)]),
    ...content.flat(),
    ...(message.objects('tool_calls') ?? []).map(decodeCall),
  ]
}

/** Adds citations to the texts that they name, or else to the first one. `content`: the parts of each content. */
function addCitations(content: ResponsePart[][], values: readonly unknown[]): void {
  const isText = (parts: readonly ResponsePart[] | undefined) => parts?.[0]?.type === 'text'
  const first = content.findIndex(isText)
  if (first === -1) return
  for (const value of values) {
    const citation = decodeCitation(value)
    if (!citation) continue
    const named = isRecord(value) ? Number(value['content_index']) : Number.NaN
    const at = isText(content[named]) ? named : first
    const text = content[at]![0] as TextPart
    content[at] = [{ ...text, citations: [...(text.citations ?? []), citation] }]
  }
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
