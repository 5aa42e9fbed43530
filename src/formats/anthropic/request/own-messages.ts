// Writes the conversation of a client of the Anthropic format. Only reasoning of other providers is left out.
import type { Part, TextPart } from '../../../chat/part.ts'
import type { ChatRequest, Message } from '../../../chat/request.ts'
import { partPath } from '../../fields/request-paths.ts'
import { withExtra } from '../../translation/extras.ts'
import type { Losses } from '../../translation/losses.ts'
import { type BlockContext, encodeBlock } from '../content/encode-blocks.ts'

export interface OwnMessages {
  readonly system: unknown
  readonly messages: readonly object[]
  /** A tool call that the model has not finished with lost the reasoning before it. */
  readonly lostThinking: boolean
}

type Written = readonly [message: Message, content: string | readonly object[]]

/** Messages of which nothing is left are left out too: Anthropic rejects them, and joins neighbours of one role. */
export function encodeOwnMessages(request: ChatRequest, losses: Losses): OwnMessages {
  const context: BlockContext = { isOwn: true, losses, callId: (id) => id }
  const all = request.messages.map((message, index): Written => [message, contentOf(request, message, index, context)])
  const [first] = all
  const hasSystem = first?.[0].role === 'system'
  const conversation = hasSystem ? all.slice(1) : all
  return {
    system: hasSystem ? first[1] : undefined,
    messages: conversation
      .filter(([{ parts }, content]) => content.length > 0 || parts.length === 0)
      .map(([{ role, extra }, content]) => withExtra({ role, content }, extra)),
    lostThinking: toolLoop(conversation).some(lostThinking),
  }
}

function contentOf(
  request: ChatRequest,
  { parts, isPlain }: Message,
  index: number,
  context: BlockContext,
): Written[1] {
  if (isPlain) return (parts[0] as TextPart).text
  return parts.flatMap((part, at) => encodeBlock(part, partPath(request, index, at), context) ?? [])
}

/** What followed the last message of the user that is not the result of a tool. */
const toolLoop = (conversation: readonly Written[]): readonly Written[] =>
  conversation.slice(1 + conversation.findLastIndex(([{ role, parts }]) => role !== 'assistant' && !isResult(parts[0])))

const isResult = (part: Part | undefined): boolean => part?.type === 'tool-result'

const lostThinking = ([{ parts }, content]: Written): boolean =>
  content.length < parts.length && parts.some(({ type }) => type === 'tool-call') && !isThinking(content[0])

const isThinking = (block: unknown): boolean => THINKING.has((block as { readonly type?: unknown } | undefined)?.type)

const THINKING: ReadonlySet<unknown> = new Set(['thinking', 'redacted_thinking'])
