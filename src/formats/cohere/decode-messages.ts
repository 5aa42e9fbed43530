import type { Part, ToolResultPart } from '../../chat/part.ts'
import type { Message } from '../../chat/request.ts'
import type { Fields } from '../fields/fields.ts'
import { withOriginal } from '../fields/originals.ts'
import { listOf } from '../fields/values.ts'
import { decodeMessages as decodeShared } from '../openai-shared/decode-messages.ts'
import { NAME } from './name.ts'

/**
 * Decodes the conversation. Messages have the same form as those of Chat Completions; a plan before tool calls is text.
 * Documents in results of tools stay native parts. Throws GatewayError `invalid_request`, naming the field.
 */
export function decodeMessages(fields: Fields): Message[] {
  const written = fields.list('messages') ?? []
  return decodeShared(fields).map((message, index) => withOriginal(withOwnFields(message), written[index]))
}

function withOwnFields({ extra, ...message }: Message): Message {
  const { tool_plan: plan = '', citations = [], ...rest } = extra ?? {}
  const left = {
    ...rest,
    ...(typeof plan !== 'string' && { tool_plan: plan }),
    ...((!Array.isArray(citations) || listOf(citations).length > 0) && { citations }),
  }
  const parts = message.parts.map(asOwn)
  return {
    ...message,
    parts: typeof plan === 'string' && plan !== '' ? [{ type: 'text', text: plan }, ...parts] : parts,
    ...(Object.keys(left).length > 0 && { extra: left }),
  }
}

/** Kinds of parts that Chat Completions does not have belong to this format. */
function asOwn(part: Part): Part {
  if (part.type === 'native') return { ...part, format: NAME }
  if (part.type !== 'tool-result' || part.content.every(({ type }) => type !== 'native')) return part
  return { ...part, content: part.content.map(asOwn) as ToolResultPart['content'] }
}
