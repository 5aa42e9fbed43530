import type { ChatRequest } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { originalOf } from '../fields/originals.ts'
import { type SimpleMessage, simpleMessages, simpleText } from '../openai-shared/simple-messages.ts'
import { encodeRequestCall } from './calls.ts'
import { LABEL, NAME } from './name.ts'

/** Encodes the conversation; messages of a client of this format are written as they were. */
export function encodeMessages(request: ChatRequest, losses: Losses): unknown[] {
  const originals = request.format === NAME ? request.messages.map(originalOf) : []
  if (originals.length > 0 && originals.every(Boolean)) return originals
  const names = new Map<string, string>()
  return simpleMessages(request, LABEL, losses).map((message) => encodeMessage(message, names))
}

/** `names`: tool names by call id, because results name their tool. */
function encodeMessage(message: SimpleMessage, names: Map<string, string>): object {
  const { role, calls, reasoning, resultOf } = message
  for (const { id, name } of calls) names.set(id, name)
  const content = simpleText(message)
  if (resultOf) {
    const { callId, name = names.get(callId) } = resultOf
    return { role, content, ...defined({ tool_name: name }), tool_call_id: callId }
  }
  const thinking = reasoning.map(({ part }) => part.text).join('')
  const images = imagesOf(message)
  return {
    role,
    content,
    ...(thinking !== '' && { thinking }),
    ...(images.length > 0 && { images }),
    ...(calls.length > 0 && { tool_calls: calls.map((call) => encodeRequestCall(call)) }),
  }
}

const imagesOf = ({ content }: SimpleMessage): string[] =>
  content.flatMap(({ part, path }) => {
    if (part.type === 'text') return []
    if (part.source.type === 'base64') return [part.source.data]
    throw unsupported(path, `${LABEL} accepts images as base64 only`)
  })
