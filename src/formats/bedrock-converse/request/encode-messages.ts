// Writes the conversation of another format as Converse messages.
import type { Part } from '../../../chat/part.ts'
import type { ChatRequest } from '../../../chat/request.ts'
import { GatewayError } from '../../../errors.ts'
import { createCallIds } from '../../translation/call-ids.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { conversationPath } from '../../fields/request-paths.ts'
import { type Conversation, conversationOf, type Placed, type Turn } from '../../translation/turns.ts'
import { encodeMark } from '../content/cache.ts'
import { type BlockContext, encodePart } from '../content/encode-blocks.ts'
import { createDocumentNames } from '../content/media.ts'
import type { ConverseModel } from '../models.ts'

const ALLOWED: Readonly<Record<Turn['role'], ReadonlySet<Part['type']>>> = {
  user: new Set(['text', 'media', 'tool-result', 'native', 'refusal']),
  assistant: new Set(['text', 'refusal', 'reasoning', 'tool-call', 'native']),
}

export interface WireMessage {
  readonly role: Turn['role']
  readonly content: readonly object[]
}

export interface Messages {
  readonly system: readonly object[] | undefined
  readonly messages: readonly WireMessage[]
  readonly conversation: Conversation
}

export const contextFor = (isOwn: boolean, model: ConverseModel, losses: Losses): BlockContext => ({
  isOwn,
  model,
  losses,
  callId: isOwn ? (id) => id : createCallIds(model.ids),
  documentName: createDocumentNames(),
})

/**
 * Throws GatewayError for a conversation that Bedrock would reject. `takesPrefill`: the model continues its own
 * message.
 */
export function encodeMessages(
  request: ChatRequest,
  model: ConverseModel,
  takesPrefill: boolean,
  losses: Losses,
): Messages {
  const context = contextFor(false, model, losses)
  const conversation = conversationOf(request, losses)
  const system = conversation.system.flatMap(({ part, path }) => encodePart(part, path, context))
  const messages = alternating(conversation.turns.map((turn) => encodeTurn(turn, context)))
  if (messages[0]?.role !== 'user') throw wrong('must begin with a user message', request)
  if (messages.at(-1)!.role === 'assistant' && !takesPrefill)
    throw unsupported(
      conversation.turns.at(-1)!.parts[0]!.path,
      'this model cannot continue an assistant message; the last message must be from the user',
    )
  return {
    system: system.length > 0 ? system : undefined,
    messages: finished(messages, request, context),
    conversation,
  }
}

const encodeTurn = ({ role, parts }: Turn, context: BlockContext): WireMessage => ({
  role,
  content: withText(parts.flatMap((placed) => encodePlaced(role, placed, context))),
})

/** Bedrock rejects a document without a text beside it. */
const withText = (content: readonly object[]): readonly object[] =>
  content.some((block) => 'document' in block) && !content.some((block) => 'text' in block)
    ? [...content, { text: '(document attached)' }]
    : content

function encodePlaced(role: Turn['role'], { part, path }: Placed, context: BlockContext): readonly object[] {
  if (!ALLOWED[role].has(part.type))
    throw unsupported(path, `Bedrock does not accept ${part.type} parts in ${role} messages`)
  return encodePart(part, path, context)
}

/** Drops empty turns and merges neighbours of one role, because roles must alternate. */
export function alternating<Turn extends { readonly role: string; readonly content: readonly object[] }>(
  messages: readonly Turn[],
): Turn[] {
  const turns: Turn[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (message.content.length === 0) continue
    if (last?.role === message.role)
      turns[turns.length - 1] = { ...last, content: [...last.content, ...message.content] }
    else turns.push(message)
  }
  return turns
}

/** Trims an assistant message to continue (prefill), and puts the request's own cache mark after the last block. */
function finished(messages: WireMessage[], { cache }: ChatRequest, context: BlockContext): WireMessage[] {
  const { role, content } = messages.at(-1)!
  const last = content.at(-1) as { text?: string }
  const trimmed =
    role === 'assistant' && last.text !== undefined
      ? [...content.slice(0, -1), { ...last, text: last.text.trimEnd() }]
      : content
  const isMarked = 'cachePoint' in last || 'reasoningContent' in last
  const mark = isMarked ? [] : encodeMark(cache, 'cache_control', context)
  return [...messages.slice(0, -1), { role, content: [...trimmed, ...mark] }]
}

const wrong = (what: string, request: ChatRequest): GatewayError => {
  const param = conversationPath(request)
  return new GatewayError('invalid_request', `${param} ${what}.`, { param })
}
