import type { Part } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import type { Losses } from '../translation/losses.ts'
import { isUnreadable, withReadableArguments } from './arguments.ts'
import { isIdle, withoutEmptyTurns } from './empty-turns.ts'
import { isNotText, type PartSupport, withoutForeignParts } from './natives.ts'
import { withoutModelMedia } from './model-media.ts'
import { withOrderedCalls } from './order-calls.ts'
import { isOrderly } from './orderly.ts'
import { hasHalves, withWholeCharacters } from './well-formed.ts'

/**
 * The request with a history that every upstream of the format accepts. A conversation goes on: clients send their whole
 * history with each request, so a part of the past that the format cannot express is sent as text or left out, and
 * noted. What the client asks of this response stays, to be rejected by name. Returns the same object if nothing
 * changes.
 */
export function repairHistory(request: ChatRequest, support: PartSupport, losses: Losses): ChatRequest {
  if (isSound(request)) return request
  const expressible = withoutForeignParts(request, support, losses)
  const readable = withReadableArguments(expressible, losses)
  const ordered = withOrderedCalls(readable, losses)
  const placed = support.takesModelMedia ? ordered : withoutModelMedia(ordered, support.acceptsMedia, losses)
  return withoutEmptyTurns(withWholeCharacters(placed, losses), losses)
}

/** Whether there is nothing to repair, as in most requests. */
const isSound = ({ messages }: ChatRequest): boolean =>
  messages.every((message) => !isIdle(message) && message.parts.every(isSoundPart)) && isOrderly(messages)

const isSoundPart = (part: Part): boolean => !isNotText(part) && !isUnreadable(part) && !hasHalves(part)
