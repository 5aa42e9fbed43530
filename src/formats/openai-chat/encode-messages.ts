import type { ToolResultPart } from '../../chat/part.ts'
import type { Message } from '../../chat/request.ts'
import { unsupported } from '../fields/unsupported.ts'
import { messagePath, partPath } from '../fields/request-paths.ts'
import { checkCalls, type Placed } from '../translation/turns.ts'
import { encodeCache } from '../openai-shared/cache.ts'
import { encodeAssistant } from './encode-assistant.ts'
import { encodeContent, encodeContentPart } from './encode-content.ts'
import { ownExtra, type Writing } from '../openai-shared/writing.ts'

type Wire = Record<string, unknown>

/**
 * The conversation. Tool results become messages of their own, before all else that their message says; media in them
 * follow in one user message after the last result of the batch, labelled with their calls.
 */
export function encodeMessages(writing: Writing): Wire[] {
  const messages: Wire[] = []
  let attached: Wire[] = []
  const flush = () => {
    if (attached.length > 0) messages.push({ role: 'user', content: attached })
    attached = []
  }
  checkCalls(writing.request, turnsOf(writing))
  for (const message of placed(writing)) {
    const { role, parts, name, extra } = message
    for (const { part, path } of parts)
      if (part.type === 'tool-result') {
        messages.push(encodeResult(part, path, writing))
        attached.push(...encodeAttached(part, path, writing))
      }
    const said = parts.filter(({ part }) => part.type !== 'tool-result')
    if (role === 'tool' && said.length > 0) throw unsupported(said[0]!.path, 'a tool message holds results only')
    if (role === 'tool' || (said.length === 0 && parts.length > 0)) continue
    flush()
    const head = { role, ...(name !== undefined && { name }) }
    const body =
      role === 'assistant'
        ? encodeAssistant(said, message, writing)
        : { content: encodeContent(said, message, writing) }
    messages.push({ ...head, ...body, ...ownExtra(extra, writing) })
  }
  flush()
  return messages
}

export interface PlacedMessage extends Omit<Message, 'parts'> {
  readonly parts: readonly Placed[]
  readonly path: string
}

const placed = ({ request }: Writing): PlacedMessage[] =>
  request.messages.map((message, index) => ({
    ...message,
    path: messagePath(request, index),
    parts: message.parts.map((part, at) => ({ part, path: partPath(request, index, at) })),
  }))

/** Who speaks in turn, to check that every call has its result. */
function turnsOf(writing: Writing) {
  const turns: { role: 'user' | 'assistant'; parts: Placed[] }[] = []
  for (const { role, parts } of placed(writing)) {
    const speaker = role === 'assistant' ? 'assistant' : 'user'
    const last = turns.at(-1)
    if (last?.role === speaker) last.parts.push(...parts)
    else turns.push({ role: speaker, parts: [...parts] })
  }
  return turns
}

function encodeResult(result: ToolResultPart, path: string, writing: Writing): Wire {
  const { losses } = writing
  if (result.isError) losses.note(`${path}.is_error`, 'removed: results have no such mark there; the text is kept')
  const said = result.content.flatMap((part, index) =>
    part.type === 'media' ? [] : [{ part, path: `${path}.content[${index}]` }],
  )
  const attached = result.content.length - said.length
  const content =
    said.length === 0 && attached > 0 ? '(attached below)' : encodeContent(said, { role: 'tool', ...result }, writing)
  return {
    role: 'tool',
    tool_call_id: result.callId,
    ...(writing.isOwn && result.name !== undefined && { name: result.name }),
    content,
    ...encodeCache(result.cache, 'elsewhere', path, writing),
    ...ownExtra(result.extra, writing),
  }
}

/** The media of a result, after a line that says which call they belong to. */
function encodeAttached({ content, callId }: ToolResultPart, path: string, writing: Writing): Wire[] {
  const media = content.flatMap((part, index) =>
    part.type === 'media' ? [encodeContentPart(part, `${path}.content[${index}]`, writing)] : [],
  )
  if (media.length === 0) return []
  return [{ type: 'text', text: `Attached to the result of tool call ${callId}:` }, ...(media as Wire[])]
}
