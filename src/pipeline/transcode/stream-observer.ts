import type { ChatEvent } from '../../chat/event.ts'
import type { Usage } from '../../chat/usage.ts'
import type { GatewayError } from '../../errors.ts'
import type { EventDecoder } from '../../formats/format.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { errorFromUpstream } from './rejection.ts'

/** Observes a stream while it is forwarded: whether it has begun, finished or failed, and its usage. */
export class StreamObserver {
  readonly #decoder: EventDecoder
  hasBegun = false
  /** Whether a finish event arrived: the content is complete. */
  hasFinished = false
  failure: GatewayError | undefined
  usage: Usage | undefined

  constructor(decoder: EventDecoder) {
    this.#decoder = decoder
  }

  /** The events of these frames, up to the first error. Throws GatewayError for invalid frames. */
  read(frames: readonly Frame[]): ChatEvent[] {
    const events: ChatEvent[] = []
    for (const frame of frames) if (!this.#take(this.#decoder.push(frame), events)) break
    return events
  }

  /** The events that the end of the stream completes. Throws GatewayError `upstream_cut` if the stream is incomplete. */
  end(): ChatEvent[] {
    const events: ChatEvent[] = []
    this.#take(this.#decoder.end(), events)
    if (this.failure) throw this.failure
    return events
  }

  /** False after an error event: nothing more is read. */
  #take(found: readonly ChatEvent[], events: ChatEvent[]): boolean {
    for (const event of found) {
      if (event.type === 'error') {
        this.failure = errorFromUpstream(event.error)
        return false
      }
      if (event.type === 'usage') this.usage = event.usage
      else if (event.type !== 'start') this.hasBegun = true
      if (event.type === 'finish') this.hasFinished = true
      events.push(event)
    }
    return true
  }
}
