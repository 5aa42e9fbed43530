import { FinishedChoices } from '../formats/openai/finished-choices.ts'
import { readStreamEnd, type StreamEnd } from '../formats/openai/stream-tail.ts'
import { eventData } from '../formats/sse.ts'
import { textOf } from '../formats/text.ts'
import type { Call } from './call.ts'

/** Finish, usage and `[DONE]` may come in chunks of their own, with comments between. */
const TAIL_CHUNKS = 6

/** Whatever came before a chunk of this size is kept no longer. */
const TAIL_BYTES = 256 * 1024

/** Keeps the last events of a stream, which tell whether the answer is complete. */
export class StreamEnding {
  readonly #tail: Uint8Array[] = []
  readonly #finished: FinishedChoices | undefined
  readonly #wantsUsage: boolean

  constructor({ envelope }: Call) {
    const { choices, wantsUsage } = envelope!
    if (choices > 1) this.#finished = new FinishedChoices(choices)
    this.#wantsUsage = wantsUsage
  }

  /** Of the chunks before the last, no more is kept than what an end may be spread over. */
  observe(events: Uint8Array): void {
    if (this.#tail.push(events) > TAIL_CHUNKS) this.#tail.shift()
    if (events.length > TAIL_BYTES) this.#tail.splice(0, this.#tail.length - 1)
    this.#finished?.observe(events)
  }

  /** How it ended, when nothing is owed: all choices have finished, and usage has come if the client asked for it. */
  read(): StreamEnd | undefined {
    const end = readStreamEnd(eventData(textOf(Buffer.concat(this.#tail))))
    if (end.hasDone) return end
    const hasUsage = end.usage !== undefined || !this.#wantsUsage
    return end.isComplete && hasUsage && (this.#finished?.areAll ?? true) ? end : undefined
  }
}
