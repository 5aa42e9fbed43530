import type { ToolResultPart } from '../../../chat/part.ts'
import type { Message } from '../../../chat/request.ts'
import { createCallIds } from '../../translation/call-ids.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { encodeCache } from '../../openai-shared/cache.ts'
import { ownExtra, type EncodeContext } from '../../openai-shared/encode-context.ts'
import { conversationPath, messagePath, partPath } from '../../fields/request-paths.ts'
import { checkCalls, type Placed } from '../../translation/turns.ts'
import { encodeAssistant } from './encode-assistant.ts'
import { encodeContent } from '../content/encode-content.ts'
import { headOf } from '../content/item-head.ts'
import { LABEL } from '../name.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

export interface ItemContext extends EncodeContext {
  /** Maps call ids to ids of at most 64 characters, the limit of this format. */
  readonly callId: (id: string) => string
}

const ID_RULE = { pattern: /^.{1,64}$/s, length: 32 }

interface PlacedMessage extends Omit<Message, 'parts'> {
  readonly message: Message
  readonly parts: readonly Placed[]
}

/**
 * Encodes `input`, and `instructions` if the client's request had them. Instructions of other formats become messages
 * with their own role in their place, because not every server supports the field. Throws GatewayError
 * `invalid_request` for calls without results, `unsupported_parameter` for parts that cannot be expressed.
 */
export function encodeInput(base: EncodeContext): { instructions?: unknown; input: unknown } {
  const context: ItemContext = { ...base, callId: base.isOwn ? (id) => id : createCallIds(ID_RULE) }
  const messages = placed(context)
  if (!context.isOwn) {
    checkCalls(context.request, turnsOf(messages))
    // In this format a final assistant message would start a new turn.
    if (messages.at(-1)?.role === 'assistant')
      throw unsupported(conversationPath(context.request), `${LABEL} cannot continue a final assistant message`)
    return { input: messages.flatMap((message) => encodeMessage(message, context)) }
  }
  const head = ({ message }: PlacedMessage) => headOf(message)
  const instructions = messages.map((one) => head(one)?.instructions).find((one) => (one ?? undefined) !== undefined)
  const conversation = messages.filter((message) => head(message)?.instructions === undefined)
  const [whole] = conversation
  const input =
    whole && head(whole)?.isWholeInput
      ? encodeContent(whole.parts, whole, context)
      : conversation.flatMap((message) => encodeMessage(message, context))
  return { ...(instructions !== undefined && { instructions }), input }
}

const placed = ({ request }: EncodeContext): PlacedMessage[] =>
  request.messages.map((message, index) => ({
    ...message,
    message,
    path: messagePath(request, index),
    parts: message.parts.map((part, at) => ({ part, path: partPath(request, index, at) })),
  }))

/** The turns of user and assistant, to check that every call has its result. */
function turnsOf(messages: readonly PlacedMessage[]) {
  const turns: { role: 'user' | 'assistant'; parts: Placed[] }[] = []
  for (const { role, parts } of messages) {
    const turnRole = role === 'assistant' ? 'assistant' : 'user'
    const last = turns.at(-1)
    if (last?.role === turnRole) last.parts.push(...parts)
    else turns.push({ role: turnRole, parts: [...parts] })
  }
  return turns
}

/** Results become separate items before the other parts of their message. */
function encodeMessage(placed: PlacedMessage, context: ItemContext): JsonObject[] {
  const { role, parts, name, message, extra } = placed
  if (name !== undefined)
    context.losses.note(`${conversationPath(context.request)}.name`, 'removed: the target format has no message names')
  if (role === 'assistant') return encodeAssistant(parts, context)
  const results = parts.flatMap(({ part, path }) =>
    part.type === 'tool-result' ? [encodeResult(part, path, context)] : [],
  )
  const items = parts.flatMap(({ part }) =>
    part.type === 'native' && headOf(part)?.isItem ? [part.value as JsonObject] : [],
  )
  const content = parts.filter(({ part }) => part.type !== 'tool-result' && !headOf(part)?.isItem)
  if (content.length === 0 && parts.length > 0) return [...results, ...items]
  const item = {
    ...(context.isOwn && headOf(message)?.fields),
    role: role === 'tool' ? 'user' : role,
    content: encodeContent(content, placed, context),
    ...ownExtra(extra, context),
  }
  return [...results, ...items, item]
}

function encodeResult(result: ToolResultPart, path: string, context: ItemContext): JsonObject {
  const { content, callId, isError, cache, extra } = result
  if (isError)
    context.losses.note(
      `${path}.is_error`,
      'removed: the target format has no error flag for results; the text is kept',
    )
  const parts = content.map((part, index) => ({ part, path: `${path}.content[${index}]` }))
  return {
    ...(context.isOwn && headOf(result)?.fields),
    type: 'function_call_output',
    call_id: context.callId(callId),
    output: encodeContent(parts, result, context),
    ...encodeCache(cache, 'elsewhere', path, context),
    ...ownExtra(extra, context),
  }
}
