// Writes the conversation of another format as Anthropic messages.
import type { Part } from '../../../chat/part.ts'
import type { ChatRequest } from '../../../chat/request.ts'
import { createCallIds } from '../../translation/call-ids.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { type Conversation, conversationOf, type Placed, type Turn } from '../../translation/turns.ts'
import { type BlockContext, encodeBlock } from '../content/encode-blocks.ts'
import { ANTHROPIC } from '../../claude/name.ts'

const ID = { pattern: /^[a-zA-Z0-9_-]{1,64}$/, length: 24 }

const ALLOWED: Readonly<Record<Turn['role'], ReadonlySet<Part['type']>>> = {
  user: new Set(['text', 'media', 'tool-result', 'native', 'refusal']),
  assistant: new Set(['text', 'refusal', 'reasoning', 'tool-call', 'native']),
}

export interface Messages {
  readonly system: object[] | undefined
  readonly messages: object[]
  /** Why the model cannot think in this conversation; undefined: it can. */
  readonly obstacle: string | undefined
}

/**
 * Throws GatewayError for a conversation that Anthropic would reject. `takesPrefill`: the model continues its own
 * message.
 */
export function encodeMessages(request: ChatRequest, takesPrefill: boolean, losses: Losses): Messages {
  const conversation = conversationOf(request, losses)
  const context: BlockContext = { isOwn: false, losses, callId: createCallIds(ID) }
  const system = conversation.system.map(({ part, path }) => encodeBlock(part, path, context)!)
  const messages = conversation.turns
    .map(({ role, parts }) => ({ role, content: parts.flatMap((placed) => encodePart(role, placed, context) ?? []) }))
    .filter(({ content }) => content.length > 0)
  const isPrefilled = conversation.turns.at(-1)!.role === 'assistant'
  if (isPrefilled) checkPrefill(conversation, takesPrefill)
  return {
    system: system.length > 0 ? system : undefined,
    messages: isPrefilled ? trimmed(messages) : messages,
    obstacle: isPrefilled ? 'when it continues an assistant message' : obstacleIn(conversation),
  }
}

function encodePart(role: Turn['role'], { part, path }: Placed, context: BlockContext): object | undefined {
  if (!ALLOWED[role].has(part.type))
    throw unsupported(path, `Anthropic does not accept ${part.type} parts in ${role} messages`)
  return encodeBlock(part, path, context)
}

function checkPrefill({ turns }: Conversation, takesPrefill: boolean): void {
  if (takesPrefill) return
  throw unsupported(
    turns.at(-1)!.parts[0]!.path,
    'this model cannot continue an assistant message; the last message must be from the user',
  )
}

interface WireMessage {
  readonly role: string
  readonly content: object[]
}

/** Anthropic rejects an assistant message to continue (prefill) that ends in white space. */
function trimmed(messages: WireMessage[]): WireMessage[] {
  const { role, content } = messages.at(-1)!
  const block = content.at(-1) as { type: string; text?: string }
  if (block.type !== 'text') return messages
  return [
    ...messages.slice(0, -1),
    { role, content: [...content.slice(0, -1), { ...block, text: block.text!.trimEnd() }] },
  ]
}

/**
 * With a thinking budget, Claude requires a thinking block at the start of every turn of the current tool loop
 * ("Expected thinking or redacted_thinking, but found tool_use").
 */
function obstacleIn({ turns }: Conversation): string | undefined {
  const began = turns.findLastIndex(({ role, parts }) => role === 'user' && parts[0]?.part.type !== 'tool-result')
  const isMissing = turns
    .slice(began + 1)
    .some(({ role, parts }) => role === 'assistant' && hasCall(parts) && !isSealed(parts[0]!.part))
  return isMissing ? 'without the signed reasoning of the previous tool calls' : undefined
}

const hasCall = (parts: readonly Placed[]): boolean => parts.some(({ part }) => part.type === 'tool-call')

const isSealed = (part: Part): boolean => part.type === 'reasoning' && part.seal?.origin === ANTHROPIC
