import type { ChatEvent } from '../../chat/event.ts'
import type { Usage } from '../../chat/usage.ts'
import type { GatewayError } from '../../errors.ts'
import type { EventDecoder } from '../../formats/format.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { errorFromUpstream } from './rejection.ts'

/** What a stream is found to be while it passes: begun, broken, counted. */
export class StreamObserver {
  readonly #decoder: EventDecoder
  hasBegun = false
  /** A finish has come: all that was to be said is. */
  hasFinished = false
  failure: GatewayError | undefined
  usage: Usage | undefined

  constructor(decoder: EventDecoder) {
    this.#decoder = decoder
  }

  /** The events of these frames, up to the first that is an error. Throws GatewayError for frames that say nothing. */
  read(frames: readonly Frame[]): ChatEvent[] {
    const events: ChatEvent[] = []
    for (const frame of frames) if (!this.#take(this.#decoder.push(frame), events)) break
    return events
  }

  /** The events that the end completes. Throws GatewayError `upstream_cut` when it is not one. */
  end(): ChatEvent[] {
    const events: ChatEvent[] = []
    this.#take(this.#decoder.end(), events)
    if (this.failure) throw this.failure
    return events
  }

  /** False when there is nothing more to read. */
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
