import type { Part } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'
import { changed, partPath, withPaths, withRequestPath } from '../fields/request-paths.ts'

/** Where a part is in the conversation. */
export interface Place {
  readonly role: Message['role']
  /** It is before the message that the model responds to, so it is history. */
  readonly isPast: boolean
  readonly path: () => string
}

/**
 * The request with other parts: `change` returns the part itself, or what takes its place. The parts in its place get
 * its path. Returns the same object if nothing changes.
 */
export function mapParts(
  request: ChatRequest,
  change: (part: Part, place: Place) => Part | readonly Part[],
): ChatRequest {
  const present = presentFrom(request)
  let isChanged = false
  const messages = request.messages.map((message, index) => {
    let parts: Part[] | undefined
    for (const [at, part] of message.parts.entries()) {
      const path = () => partPath(request, index, at)
      const next = change(part, { role: message.role, isPast: index < present, path })
      if (next === part && !parts) continue
      if (!isChanged) withPaths(request)
      isChanged = true
      parts ??= message.parts.slice(0, at)
      for (const each of listed(next)) parts.push(each === part ? each : withRequestPath(each, path()))
    }
    return parts ? changed(message, { parts }) : message
  })
  return isChanged ? { ...request, messages } : request
}

const listed = (parts: Part | readonly Part[]): readonly Part[] =>
  Array.isArray(parts) ? (parts as readonly Part[]) : [parts as Part]

/** Whether the conversation has such a part. */
export const hasPart = ({ messages }: ChatRequest, is: (part: Part) => boolean): boolean =>
  messages.some(({ parts }) => parts.some(is))

/** The index of the last message in which the client says more than the results of tools; the model responds to it. */
function presentFrom({ messages }: ChatRequest): number {
  const at = messages.findLastIndex(
    ({ role, parts }) => role !== 'assistant' && role !== 'tool' && parts.some(({ type }) => type !== 'tool-result'),
  )
  return Math.max(at, 0)
}
