import { eventData } from '../../codecs/framing/events.ts'
import { textOf } from '../../codecs/text.ts'

interface Chunk {
  readonly choices?: readonly ({ readonly index?: unknown; readonly finish_reason?: unknown } | null)[] | null
}

/** Tracks which choices of a stream have finished. The last events do not show it: one may finish long before another. */
export class FinishedChoices {
  readonly #wanted: number
  readonly #finished = new Set<unknown>()

  constructor(wanted: number) {
    this.#wanted = wanted
  }

  /** Reads complete events, all of which are JSON. */
  observe(events: Uint8Array): void {
    for (const data of eventData(textOf(events)))
      if (data.includes('"finish_reason"')) this.#read(JSON.parse(data) as Chunk)
  }

  get isComplete(): boolean {
    return this.#finished.size >= this.#wanted
  }

  #read({ choices }: Chunk): void {
    for (const choice of choices ?? []) if (choice?.finish_reason) this.#finished.add(choice.index)
  }
}
