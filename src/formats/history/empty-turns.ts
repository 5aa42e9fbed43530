import type { ChatRequest, Message } from '../../chat/request.ts'
import { withPaths } from '../fields/request-paths.ts'

/** Leaves out assistant messages without content: upstreams reject them, and they say nothing. */
export function withoutEmptyTurns(request: ChatRequest): ChatRequest {
  if (!request.messages.some(isEmpty)) return request
  withPaths(request)
  return { ...request, messages: request.messages.filter((message) => !isEmpty(message)) }
}

const isEmpty = ({ role, parts }: Message): boolean =>
  role === 'assistant' && parts.every((part) => part.type === 'text' && part.text.trim() === '' && !part.seal)
