import type { ChatEvent } from './event.ts'
import type { EventDecorator } from './event-decorator.ts'
import { fold } from './fold.ts'
import { StopMatcher } from './stop-matcher.ts'
import { unfold } from './unfold.ts'

type PartEvent = Extract<ChatEvent, { index: number }>

/**
 * Ends a response at the first of these sequences in its text, for upstreams that have no stop sequences, or not these.
 * What the upstream generates after it is left out; it is generated and counted all the same. `sequences`: none is empty.
 */
export function cutAtStop(sequences: readonly string[]): EventDecorator {
  const choices = new Map<number, ChoiceCut>()
  const cutOf = (choice: number) => {
    const known = choices.get(choice) ?? new ChoiceCut(sequences)
    choices.set(choice, known)
    return known
  }
  const events = (given: readonly ChatEvent[]) =>
    given.flatMap((event) => ('choice' in event ? cutOf(event.choice).push(event) : [event]))
  return {
    response(response) {
      const cut = events([...unfold(response)])
      return [...choices.values()].some(({ stop }) => stop !== undefined) ? fold(cut, response.format) : response
    },
    events,
    end: () => [...choices.values()].flatMap((choice) => choice.end()),
  }
}

interface OpenText {
  readonly matcher: StopMatcher
  readonly choice: number
  /** The length of the text that was passed on. */
  length: number
  /** Citations and seals, which follow the text that is held back. */
  readonly after: ChatEvent[]
}

/** The cut in one choice. Parts that are open at the cut are completed; later ones are left out. */
class ChoiceCut {
  stop: string | undefined
  readonly #sequences: readonly string[]
  readonly #texts = new Map<number, OpenText>()
  readonly #left = new Set<number>()

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences
  }

  push(event: Extract<ChatEvent, { choice: number }>): readonly ChatEvent[] {
    if (event.type === 'finish') return [this.#finish(event)]
    if (event.type === 'logprobs') return this.stop === undefined ? [event] : []
    if (event.type === 'part-start') return this.#open(event)
    if (this.#left.has(event.index)) return []
    const text = this.#texts.get(event.index)
    return text ? this.#pushText(event, text) : [event]
  }

  /** The text that is held back in parts that were never closed. */
  end(): readonly ChatEvent[] {
    return [...this.#texts].flatMap(([index, text]) => this.#restOf(index, text))
  }

  #open(event: Extract<PartEvent, { type: 'part-start' }>): readonly ChatEvent[] {
    const { choice, index, part } = event
    if (this.stop !== undefined) {
      this.#left.add(index)
      return []
    }
    if (part.type === 'text')
      this.#texts.set(index, { matcher: new StopMatcher(this.#sequences), choice, length: 0, after: [] })
    return [event]
  }

  #pushText(event: PartEvent, open: OpenText): readonly ChatEvent[] {
    const { index } = event
    if (event.type === 'part-end') {
      this.#texts.delete(index)
      return [...this.#restOf(index, open), event]
    }
    if (event.type !== 'part-delta') {
      open.after.push(event)
      return []
    }
    if (this.stop !== undefined) return []
    const { text, stop } = open.matcher.push(event.text)
    open.length += text.length
    this.stop = stop
    return text === '' ? [] : [{ ...event, text }]
  }

  #finish(event: Extract<ChatEvent, { type: 'finish' }>): ChatEvent {
    const { stop } = this
    if (stop === undefined) return event
    return { ...event, finish: { ...event.finish, reason: 'stop-sequence', stopSequence: stop } }
  }

  /** What follows the text that was passed on: the text that was held back, citations and seals. */
  #restOf(index: number, { matcher, choice, after, length }: OpenText): readonly ChatEvent[] {
    if (this.stop !== undefined)
      return after.filter((event) => event.type === 'part-citation' && (event.citation.end ?? 0) <= length)
    const text = matcher.rest()
    return [...(text === '' ? [] : [{ type: 'part-delta', choice, index, text } as const]), ...after]
  }
}
