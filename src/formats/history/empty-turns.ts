import type { Part } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'
import { changed, recordedPath, withPaths } from '../fields/request-paths.ts'
import type { Losses } from '../translation/losses.ts'

/**
 * Leaves out assistant messages without content, and reasoning that nothing followed in its turn: upstreams reject turns
 * that are empty or end in reasoning. Such reasoning is noted. Returns the same object if nothing changes.
 */
export function withoutEmptyTurns(request: ChatRequest, losses: Losses): ChatRequest {
  if (!request.messages.some((message, index) => isEmpty(message) || (endsTurn(request, index) && isIdle(message))))
    return request
  withPaths(request)
  const messages: Message[] = []
  for (const message of request.messages.toReversed()) {
    const kept = messages.at(-1)?.role === 'assistant' ? message : withoutTrailingReasoning(message, losses)
    if (!isEmpty(kept)) messages.push(kept)
  }
  return { ...request, messages: messages.toReversed() }
}

const endsTurn = ({ messages }: ChatRequest, index: number): boolean => messages[index + 1]?.role !== 'assistant'

/** Whether it ends in reasoning or has no content. */
export const isIdle = (message: Message): boolean =>
  message.role === 'assistant' && (message.parts.length === 0 || lastUseful(message) < message.parts.length - 1)

function withoutTrailingReasoning(message: Message, losses: Losses): Message {
  if (!isIdle(message)) return message
  const parts = message.parts.slice(0, lastUseful(message) + 1)
  const left = message.parts.slice(parts.length).find(({ type }) => type === 'reasoning')
  if (left) losses.note(recordedPath(left), 'removed: nothing followed this reasoning')
  return changed(message, { parts })
}

const lastUseful = ({ parts }: Message): number =>
  parts.findLastIndex((part) => !isReasoning(part) && !isEmptyText(part))

/** A signature without text belongs to what was said before it. */
const isReasoning = (part: Part): boolean =>
  part.type === 'reasoning' && !(part.text === '' && part.seal?.origin === 'gemini')

const isEmptyText = (part: Part): boolean => part.type === 'text' && part.text.trim() === '' && !part.seal

const isEmpty = ({ role, parts }: Message): boolean => role === 'assistant' && parts.every(isEmptyText)
