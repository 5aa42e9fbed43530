import type { ChatEvent } from '../../chat/event.ts'

type PartEvent = Extract<ChatEvent, { index: number }>

/**
 * Puts the interleaved parts of a stream in order, for formats that have one part open at a time. The part that opened
 * first passes through; the others wait until it has ended, each with the events that arrived for it meanwhile.
 */
export class InOrder {
  readonly #choices = new Map<number, ChoiceInOrder>()

  push(event: ChatEvent): readonly ChatEvent[] {
    if (event.type === 'finish') return [...(this.#choices.get(event.choice)?.release() ?? []), event]
    if (!('index' in event)) return [event]
    let choice = this.#choices.get(event.choice)
    if (!choice) this.#choices.set(event.choice, (choice = new ChoiceInOrder()))
    return choice.push(event)
  }
}

class ChoiceInOrder {
  /** The index of the part that passes through; undefined between parts. */
  #open: number | undefined
  readonly #waiting = new Map<number, PartEvent[]>()

  push(event: PartEvent): readonly PartEvent[] {
    this.#open ??= event.index
    if (event.index !== this.#open) {
      const queue = this.#waiting.get(event.index)
      if (queue) queue.push(event)
      else this.#waiting.set(event.index, [event])
      return []
    }
    if (event.type !== 'part-end') return [event]
    this.#open = undefined
    return this.#waiting.size === 0 ? [event] : [event, ...this.#next()]
  }

  /** All waiting events: for the end of a choice with parts that have not ended. */
  release(): readonly PartEvent[] {
    const events = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    return events
  }

  /** The events of the next parts: those that have already ended, and the first one that has not. */
  #next(): PartEvent[] {
    const events: PartEvent[] = []
    for (const [index, queue] of this.#waiting) {
      events.push(...queue)
      this.#waiting.delete(index)
      if (queue.at(-1)!.type === 'part-end') continue
      this.#open = index
      break
    }
    return events
  }
}
