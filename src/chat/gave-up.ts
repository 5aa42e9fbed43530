import type { ChatEvent } from './event.ts'
import type { Finish } from './finish.ts'
import type { ChatResponse, ResponsePart } from './response.ts'
import type { UpstreamError } from './upstream-error.ts'

/**
 * The error of a response without a usable result: the model called a tool in an unreadable way, or ended without
 * content for a reason of its own. `isEmpty`: it has no content. Undefined: the response is usable.
 */
export function giveUpError(finish: Finish, isEmpty: boolean): UpstreamError | undefined {
  const { reason, native, details } = finish
  const isUnusable = reason === 'malformed-tool-call' || (reason === 'other' && native !== undefined && isEmpty)
  if (!isUnusable) return undefined
  const why = typeof details === 'string' ? `${native}: ${details}` : native
  const what = isEmpty ? 'The model ended its response without a result' : 'The model ended its response too early'
  return {
    message: `${what}${why === undefined ? '' : ` (${why})`}.`,
    kind: 'no-result',
    isEnvelope: false,
    ...(native !== undefined && { code: native }),
  }
}

/** The same for a complete response with one choice. Of several choices, each stands for itself. */
export const failureOf = ({ choices }: ChatResponse): UpstreamError | undefined =>
  choices.length === 1 ? giveUpError(choices[0]!.finish, choices[0]!.parts.every(isEmpty)) : undefined

/** Reasoning alone is no result. */
const isEmpty = (part: ResponsePart): boolean => part.type === 'reasoning' || ('text' in part && part.text === '')

/** The events of a stream; a finish without a usable result becomes an error. */
export class GiveUpCheck {
  #isEmpty = true
  #hasSeveral = false
  readonly #reasoning = new Set<number>()

  events(events: readonly ChatEvent[]): readonly ChatEvent[] {
    let failed: ChatEvent | undefined
    for (const event of events) {
      if ('choice' in event && event.choice > 0) this.#hasSeveral = true
      if (this.#isEmpty) this.#look(event)
      if (event.type === 'finish' && !this.#hasSeveral) {
        const error = giveUpError(event.finish, this.#isEmpty)
        if (error) failed = { type: 'error', error }
      }
    }
    return failed ? events.map((event) => (event.type === 'finish' ? failed : event)) : events
  }

  #look(event: ChatEvent): void {
    if (event.type === 'part-delta') this.#isEmpty = this.#reasoning.has(event.index)
    else if (event.type === 'part-start' && event.part.type === 'reasoning') this.#reasoning.add(event.index)
    else if (event.type === 'part-start') this.#isEmpty = event.part.type === 'text' || event.part.type === 'refusal'
  }
}
