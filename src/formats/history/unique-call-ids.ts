import type { ChatEvent } from '../../chat/event.ts'
import type { EventDecorator } from '../../chat/event-decorator.ts'
import type { ChatRequest } from '../../chat/request.ts'
import type { ChatResponse, ResponsePart } from '../../chat/response.ts'
import { callIds, UniqueIds } from './pair-calls.ts'

/**
 * Gives the calls of a response ids that are unique in the conversation: some upstreams count calls anew in each
 * response (`ls:0`), and clients tell calls apart by their ids. Looks at the history when the first call arrives.
 */
export function uniqueCallIds({ messages }: ChatRequest): EventDecorator {
  let ids: UniqueIds | undefined
  const take = (id: string): string => {
    ids ??= UniqueIds.after(callIds(messages))
    return ids.take(id)
  }
  return {
    response: (response) => withIds(response, take),
    events: (events) => (events.some(isCallStart) ? events.map((event) => withId(event, take)) : events),
    end: () => [],
  }
}

const isCallStart = (event: ChatEvent): boolean => event.type === 'part-start' && event.part.type === 'tool-call'

function withId(event: ChatEvent, take: (id: string) => string): ChatEvent {
  if (event.type !== 'part-start' || event.part.type !== 'tool-call') return event
  const id = take(event.part.id)
  return id === event.part.id ? event : { ...event, part: { ...event.part, id } }
}

function withIds(response: ChatResponse, take: (id: string) => string): ChatResponse {
  const renamed = (part: ResponsePart): ResponsePart => {
    if (part.type !== 'tool-call') return part
    const id = take(part.id)
    return id === part.id ? part : { ...part, id }
  }
  let isChanged = false
  const choices = response.choices.map((choice) => {
    const parts = choice.parts.map(renamed)
    if (parts.every((part, index) => part === choice.parts[index])) return choice
    isChanged = true
    return Object.assign({}, choice, { parts })
  })
  return isChanged ? { ...response, choices } : response
}
