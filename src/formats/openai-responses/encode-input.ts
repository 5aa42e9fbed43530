import type { ToolResultPart } from '../../chat/part.ts'
import type { Message } from '../../chat/request.ts'
import { createCallIds } from '../translation/call-ids.ts'
import { unsupported } from '../fields/unsupported.ts'
import { encodeCache } from '../openai-shared/cache.ts'
import { ownExtra, type Writing } from '../openai-shared/writing.ts'
import { conversationPath, messagePath, partPath } from '../fields/request-paths.ts'
import { checkCalls, type Placed } from '../translation/turns.ts'
import { encodeAssistant } from './encode-assistant.ts'
import { encodeContent } from './encode-content.ts'
import { headOf } from './item-head.ts'
import { LABEL } from './name.ts'

type Wire = Record<string, unknown>

export interface ItemWriting extends Writing {
  /** Calls and results are matched by ids of at most 64 characters. */
  readonly callId: (id: string) => string
}

const ID_RULE = { pattern: /^.{1,64}$/s, length: 32 }

interface PlacedMessage extends Omit<Message, 'parts'> {
  readonly message: Message
  readonly parts: readonly Placed[]
}

/**
 * `input`, and `instructions` where the client's request had them. Instructions of other languages are messages of
 * their own role at their place: not every server knows the field. Throws GatewayError `invalid_request` for calls without
 * results, `unsupported_parameter` for what has no place.
 */
export function encodeInput(base: Writing): { instructions?: unknown; input: unknown } {
  const writing: ItemWriting = { ...base, callId: base.isOwn ? (id) => id : createCallIds(ID_RULE) }
  const messages = placed(writing)
  if (!writing.isOwn) {
    checkCalls(writing.request, speakersOf(messages))
    // A last message of the assistant would start a new turn here.
    if (messages.at(-1)?.role === 'assistant')
      throw unsupported(conversationPath(writing.request), `${LABEL} cannot go on with a last message of the assistant`)
    return { input: messages.flatMap((message) => encodeMessage(message, writing)) }
  }
  const head = ({ message }: PlacedMessage) => headOf(message)
  const instructions = messages.map((one) => head(one)?.instructions).find((one) => (one ?? undefined) !== undefined)
  const said = messages.filter((message) => head(message)?.instructions === undefined)
  const [whole] = said
  const input =
    whole && head(whole)?.isWholeInput
      ? encodeContent(whole.parts, whole, writing)
      : said.flatMap((message) => encodeMessage(message, writing))
  return { ...(instructions !== undefined && { instructions }), input }
}

const placed = ({ request }: Writing): PlacedMessage[] =>
  request.messages.map((message, index) => ({
    ...message,
    message,
    path: messagePath(request, index),
    parts: message.parts.map((part, at) => ({ part, path: partPath(request, index, at) })),
  }))

/** Who speaks in turn, to check that every call has its result. */
function speakersOf(messages: readonly PlacedMessage[]) {
  const turns: { role: 'user' | 'assistant'; parts: Placed[] }[] = []
  for (const { role, parts } of messages) {
    const speaker = role === 'assistant' ? 'assistant' : 'user'
    const last = turns.at(-1)
    if (last?.role === speaker) last.parts.push(...parts)
    else turns.push({ role: speaker, parts: [...parts] })
  }
  return turns
}

/** Results are items of their own, before all else that their message says. */
function encodeMessage(placed: PlacedMessage, writing: ItemWriting): Wire[] {
  const { role, parts, name, message, extra } = placed
  if (name !== undefined)
    writing.losses.note(`${conversationPath(writing.request)}.name`, 'removed: messages have no names there')
  if (role === 'assistant') return encodeAssistant(parts, writing)
  const results = parts.flatMap(({ part, path }) =>
    part.type === 'tool-result' ? [encodeResult(part, path, writing)] : [],
  )
  const items = parts.flatMap(({ part }) =>
    part.type === 'native' && headOf(part)?.isItem ? [part.value as Wire] : [],
  )
  const said = parts.filter(({ part }) => part.type !== 'tool-result' && !headOf(part)?.isItem)
  if (said.length === 0 && parts.length > 0) return [...results, ...items]
  const item = {
    ...(writing.isOwn && headOf(message)?.fields),
    role: role === 'tool' ? 'user' : role,
    content: encodeContent(said, placed, writing),
    ...ownExtra(extra, writing),
  }
  return [...results, ...items, item]
}

function encodeResult(result: ToolResultPart, path: string, writing: ItemWriting): Wire {
  const { content, callId, isError, cache, extra } = result
  if (isError) writing.losses.note(`${path}.is_error`, 'removed: results have no such mark there; the text is kept')
  const parts = content.map((part, index) => ({ part, path: `${path}.content[${index}]` }))
  return {
    ...(writing.isOwn && headOf(result)?.fields),
    type: 'function_call_output',
    call_id: writing.callId(callId),
    output: encodeContent(parts, result, writing),
    ...encodeCache(cache, 'elsewhere', path, writing),
    ...ownExtra(extra, writing),
  }
}
