import type { ChatEvent } from './event.ts'
import type { ChatResponse } from './response.ts'

/**
 * Something between the decoder of the upstream's format and the encoder of the client's: it sees one response in the
 * canonical model, whole or as events, and may change it, hold events back or add some.
 */
export interface EventDecorator {
  response(response: ChatResponse): ChatResponse
  events(events: readonly ChatEvent[]): readonly ChatEvent[]
  /** What it held back; called once, after the last event of a complete stream. */
  end(): readonly ChatEvent[]
}

/** A new one for each response: a request that is retried has several. */
export type CreateDecorator = () => EventDecorator

/** All of them as one, the first nearest to the upstream; undefined for none. */
export function decorateAll(decorators: readonly EventDecorator[]): EventDecorator | undefined {
  if (decorators.length <= 1) return decorators[0]
  return {
    response: (response) => decorators.reduce((each, decorator) => decorator.response(each), response),
    events: (events) => decorators.reduce((each, decorator) => decorator.events(each), events),
    end: () =>
      decorators.reduce<readonly ChatEvent[]>(
        (held, decorator) => [...(held.length > 0 ? decorator.events(held) : []), ...decorator.end()],
        [],
      ),
  }
}
