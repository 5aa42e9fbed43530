import type { MediaPart, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { checkCalls, type Placed, placeParts } from '../translation/turns.ts'

/** A message for formats with these fields only (Cohere, Ollama). */
export interface SimpleMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  /** Texts and images in order; refusals are texts; no part is empty. */
  readonly content: readonly Placed<TextPart | MediaPart>[]
  readonly reasoning: readonly Placed<ReasoningPart>[]
  readonly calls: readonly ToolCallPart[]
  /** For role `tool`: the call that it is the result of. */
  readonly resultOf?: Pick<ToolResultPart, 'callId' | 'name'>
}

/**
 * Converts the conversation message by message. Each tool result becomes a separate message before the other parts of its
 * message. Images in results follow in a user message after the last result, labelled with their calls. Throws
 * GatewayError `invalid_request` for calls without results, `unsupported_parameter` for kinds of content other than
 * text and images.
 */
export function simpleMessages(request: ChatRequest, label: string, losses: Losses): SimpleMessage[] {
  const placed = request.messages.map((message, index) => placeParts(request, message, index, losses))
  checkCalls(request, turnsOf(request, placed))
  const messages: SimpleMessage[] = []
  let attached: Placed<TextPart | MediaPart>[] = []
  const flush = () => {
    if (attached.length > 0) messages.push({ role: 'user', content: attached, reasoning: [], calls: [] })
    attached = []
  }
  for (const [index, parts] of placed.entries()) {
    const results = parts.filter(isResult)
    messages.push(...results.map((result) => resultMessage(result, label, losses)))
    attached.push(...results.flatMap(attachments))
    const rest = parts.filter((part) => !isResult(part))
    if (rest.length === 0) continue
    flush()
    messages.push(contentMessage(rest, request.messages[index]!.role, label, losses))
  }
  flush()
  return messages
}

/** The turns of user and assistant, to check that every call has its result. */
function turnsOf({ messages }: ChatRequest, placed: readonly Placed[][]) {
  const turns: { role: 'user' | 'assistant'; parts: Placed[] }[] = []
  for (const [index, parts] of placed.entries()) {
    const role = messages[index]!.role === 'assistant' ? 'assistant' : 'user'
    const last = turns.at(-1)
    if (last?.role === role) last.parts.push(...parts)
    else turns.push({ role, parts: [...parts] })
  }
  return turns
}

function contentMessage(parts: readonly Placed[], role: Message['role'], label: string, losses: Losses): SimpleMessage {
  const [content, reasoning, calls] = [
    [] as Placed<TextPart | MediaPart>[],
    [] as Placed<ReasoningPart>[],
    [] as ToolCallPart[],
  ]
  const simpleRole = role === 'developer' ? 'system' : role
  for (const { part, path } of parts) {
    noteMarks(part, path, losses)
    if (part.type === 'text') content.push({ part, path })
    else if (part.type === 'refusal') content.push({ part: { type: 'text', text: part.text }, path })
    else if (part.type === 'media' && part.kind === 'image' && simpleRole === 'user') content.push({ part, path })
    else if (part.type === 'reasoning' && simpleRole === 'assistant') reasoning.push({ part, path })
    else if (part.type === 'tool-call' && simpleRole === 'assistant') calls.push(part)
    else throw unsupported(path, `${label} does not support ${kindOf(part)} parts in ${simpleRole} messages`)
  }
  return { role: simpleRole, content, reasoning, calls }
}

const kindOf = (part: Part): string =>
  part.type === 'media' || part.type === 'native' ? part.kind : part.type.replace('-', ' ')

function noteMarks(part: Part, path: string, losses: Losses): void {
  if ('cache' in part && part.cache)
    losses.note(`${path}.cache_control`, 'removed: the target format has no cache marks')
  if ('seal' in part && part.seal)
    losses.note(`${path}.signature`, 'removed: it was issued by another family of models')
}

const isResult = (placed: Placed): placed is Placed<ToolResultPart> => placed.part.type === 'tool-result'

function resultMessage({ part, path }: Placed<ToolResultPart>, label: string, losses: Losses): SimpleMessage {
  const { callId, name, content, isError } = part
  noteMarks(part, path, losses)
  if (isError)
    losses.note(`${path}.is_error`, 'removed: the target format has no error flag for results; the text is kept')
  const texts: Placed<TextPart>[] = []
  for (const [index, inner] of content.entries()) {
    const place = `${path}.content[${index}]`
    if (inner.type === 'text') texts.push({ part: inner, path: place })
    else if (inner.type !== 'media' || inner.kind !== 'image')
      throw unsupported(place, `${label} does not support ${kindOf(inner)} parts in tool results`)
  }
  const isElsewhere = texts.length === 0 && content.length > 0
  return {
    role: 'tool',
    content: isElsewhere ? [{ part: { type: 'text', text: '(attached below)' }, path }] : texts,
    reasoning: [],
    calls: [],
    resultOf: { callId, ...(name !== undefined && { name }) },
  }
}

function attachments({ part: { content, callId }, path }: Placed<ToolResultPart>): Placed<TextPart | MediaPart>[] {
  const images = content.flatMap((part, index) =>
    part.type === 'media' ? [{ part, path: `${path}.content[${index}]` }] : [],
  )
  if (images.length === 0) return []
  const label: TextPart = { type: 'text', text: `Attached to the result of tool call ${callId}:` }
  return [{ part: label, path }, ...images]
}

/** The texts of a message, joined. */
export const simpleText = ({ content, role }: Pick<SimpleMessage, 'content' | 'role'>): string =>
  content.flatMap(({ part }) => (part.type === 'text' ? [part.text] : [])).join(role === 'assistant' ? '' : '\n\n')
