import type { ToolCallPart } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import type { Losses } from '../translation/losses.ts'
import { encodeUrl } from '../openai-shared/media.ts'
import { originalOf } from '../fields/originals.ts'
import { type SimpleMessage, simpleMessages, simpleText } from '../openai-shared/simple-messages.ts'
import { LABEL, NAME } from './name.ts'

/** Encodes the conversation; messages of a client of this format are written as they were. */
export function encodeMessages(request: ChatRequest, losses: Losses): unknown[] {
  const originals = request.format === NAME ? request.messages.map(originalOf) : []
  if (originals.length > 0 && originals.every(Boolean)) return originals
  return simpleMessages(request, LABEL, losses).map((message) => encodeMessage(message, losses))
}

function encodeMessage(message: SimpleMessage, losses: Losses): object {
  const { role, calls, reasoning, resultOf } = message
  for (const { path } of reasoning)
    losses.note(path, `removed: ${LABEL} does not accept earlier reasoning of other models`)
  const text = simpleText(message)
  if (resultOf) return { role, tool_call_id: resultOf.callId, content: text }
  if (calls.length > 0) return { role, ...(text !== '' && { tool_plan: text }), tool_calls: calls.map(encodeCall) }
  return { role, content: encodeContent(message) }
}

export const encodeCall = ({ id, name, arguments: text }: Pick<ToolCallPart, 'id' | 'name' | 'arguments'>): object => ({
  id,
  type: 'function',
  function: { name, arguments: text },
})

/** A string if there is only text. */
function encodeContent(message: SimpleMessage): unknown {
  if (message.content.every(({ part }) => part.type === 'text')) return simpleText(message)
  return message.content.map(({ part, path }) => {
    if (part.type === 'text') return { type: 'text', text: part.text }
    const image = defined({ url: encodeUrl(part, path), detail: part.detail })
    return { type: 'image_url', image_url: image }
  })
}
