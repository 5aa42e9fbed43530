import type { ChatEvent } from '../../chat/event.ts'

type PartEvent = Extract<ChatEvent, { index: number }>

/**
 * Puts a stream whose parts grow side by side in order, for languages that have one part open at a time: the part that
 * opened first goes through as it comes, the others wait until it has ended, each with what came for it meanwhile.
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
  /** The part that goes through; undefined between parts. */
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

  /** All that waits: for the end of a choice, when parts have not ended. */
  release(): readonly PartEvent[] {
    const events = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    return events
  }

  /** The parts whose turn it is now: those that have ended already, and the first that has not. */
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
