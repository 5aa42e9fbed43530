import { EventTail } from '../../codecs/framing/event-tail.ts'
import { FinishedChoices } from '../../formats/openai-passthrough/finished-choices.ts'
import { readStreamEnd, type StreamEnd } from '../../formats/openai-passthrough/stream-tail.ts'
import { eventData } from '../../codecs/framing/events.ts'
import type { Call } from '../call/call.ts'

/** Keeps the last events of a stream, which show whether the response is complete. */
export class OpenaiEnding {
  readonly #tail = new EventTail()
  readonly #finished: FinishedChoices | undefined
  readonly #wantsUsage: boolean

  constructor({ body }: Call) {
    const { choices, wantsUsage } = body.envelope
    if (choices > 1) this.#finished = new FinishedChoices(choices)
    this.#wantsUsage = wantsUsage
  }

  observe(events: Uint8Array): void {
    this.#tail.push(events)
    this.#finished?.observe(events)
  }

  /**
   * How the stream ended; undefined unless it is complete: all choices finished, and usage received if the client
   * requested it.
   */
  read(): StreamEnd | undefined {
    const end = readStreamEnd(eventData(this.#tail.text()))
    if (end.hasDone) return end
    const hasUsage = end.usage !== undefined || !this.#wantsUsage
    return end.isComplete && hasUsage && (this.#finished?.isComplete ?? true) ? end : undefined
  }
}
