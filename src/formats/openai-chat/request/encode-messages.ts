import type { ToolResultPart } from '../../../chat/part.ts'
import type { Message } from '../../../chat/request.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { messagePath, partPath } from '../../fields/request-paths.ts'
import { checkCalls, type Placed } from '../../translation/turns.ts'
import { encodeCache } from '../../openai-shared/cache.ts'
import { encodeAssistant } from './encode-assistant.ts'
import { encodeContent, encodeContentPart } from '../content/encode-content.ts'
import { ownExtra, type EncodeContext } from '../../openai-shared/encode-context.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/**
 * Encodes the conversation. Tool results become separate messages before the other parts of their message. Media in
 * results follow in one user message after the last result, labelled with their calls.
 */
export function encodeMessages(context: EncodeContext): JsonObject[] {
  const messages: JsonObject[] = []
  let attached: JsonObject[] = []
  const flush = () => {
    if (attached.length > 0) messages.push({ role: 'user', content: attached })
    attached = []
  }
  checkCalls(context.request, turnsOf(context))
  for (const message of placed(context)) {
    const { role, parts, name, extra } = message
    for (const { part, path } of parts)
      if (part.type === 'tool-result') {
        messages.push(encodeResult(part, path, context))
        attached.push(...encodeAttached(part, path, context))
      }
    const content = parts.filter(({ part }) => part.type !== 'tool-result')
    if (role === 'tool' && content.length > 0)
      throw unsupported(content[0]!.path, 'a tool message can contain only tool results')
    if (role === 'tool' || (content.length === 0 && parts.length > 0)) continue
    flush()
    const head = { role, ...(name !== undefined && { name }) }
    const body =
      role === 'assistant'
        ? encodeAssistant(content, message, context)
        : { content: encodeContent(content, message, context) }
    if (role === 'assistant' && !context.isOwn && isEmpty(body)) continue
    messages.push({ ...head, ...body, ...ownExtra(extra, context) })
  }
  flush()
  return messages
}

/** Of a turn with reasoning only, which the upstream does not take, nothing is left; some servers reject an empty turn. */
const isEmpty = ({ content, ...others }: JsonObject): boolean => content === '' && Object.keys(others).length === 0

export interface PlacedMessage extends Omit<Message, 'parts'> {
  readonly parts: readonly Placed[]
  readonly path: string
}

const placed = ({ request }: EncodeContext): PlacedMessage[] =>
  request.messages.map((message, index) => ({
    ...message,
    path: messagePath(request, index),
    parts: message.parts.map((part, at) => ({ part, path: partPath(request, index, at) })),
  }))

/** The turns of user and assistant, to check that every call has its result. */
function turnsOf(context: EncodeContext) {
  const turns: { role: 'user' | 'assistant'; parts: Placed[] }[] = []
  for (const { role, parts } of placed(context)) {
    const turnRole = role === 'assistant' ? 'assistant' : 'user'
    const last = turns.at(-1)
    if (last?.role === turnRole) last.parts.push(...parts)
    else turns.push({ role: turnRole, parts: [...parts] })
  }
  return turns
}

function encodeResult(result: ToolResultPart, path: string, context: EncodeContext): JsonObject {
  const { losses } = context
  if (result.isError)
    losses.note(`${path}.is_error`, 'removed: the target format has no error flag for results; the text is kept')
  const inline = result.content.flatMap((part, index) =>
    part.type === 'media' ? [] : [{ part, path: `${path}.content[${index}]` }],
  )
  const attached = result.content.length - inline.length
  const content =
    inline.length === 0 && attached > 0
      ? '(attached below)'
      : encodeContent(inline, { role: 'tool', ...result }, context)
  return {
    role: 'tool',
    tool_call_id: result.callId,
    ...(context.isOwn && result.name !== undefined && { name: result.name }),
    content,
    ...encodeCache(result.cache, 'elsewhere', path, context),
    ...ownExtra(result.extra, context),
  }
}

/** The media of a result, after a line that names their call. */
function encodeAttached({ content, callId }: ToolResultPart, path: string, context: EncodeContext): JsonObject[] {
  const media = content.flatMap((part, index) =>
    part.type === 'media' ? [encodeContentPart(part, `${path}.content[${index}]`, context)] : [],
  )
  if (media.length === 0) return []
  return [{ type: 'text', text: `Attached to the result of tool call ${callId}:` }, ...(media as JsonObject[])]
}
