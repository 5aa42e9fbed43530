import { GatewayError } from '../../errors.ts'
import { JsonScanError } from '../../codecs/json/scan.ts'
import { type MediaEvent, readMediaEvent } from '../../formats/openai-passthrough/media-event.ts'
import { encodeErrorEvent } from '../../formats/openai-shared/encode-error.ts'
import { eventData, EventSplitter, isBlank } from '../../codecs/framing/events.ts'
import { textOf } from '../../codecs/text.ts'
import type { Usage } from '../../chat/usage.ts'
import { errorFromUpstream } from './rejection.ts'
import { type StreamTranscoder, EVENT_STREAMS } from './transcoder.ts'

/** A stream of image parts, audio or transcribed text. Events are forwarded unchanged. */
export class MediaEvents implements StreamTranscoder {
  readonly contentType = EVENT_STREAMS
  readonly failure = undefined
  hasBegun = false
  usage: Usage | undefined
  readonly #splitter = new EventSplitter()
  #position: MediaEvent['position'] = 'unknown'

  push(chunk: Uint8Array): Uint8Array | undefined {
    const events = this.#splitter.push(chunk)
    return events && this.#forward(events)
  }

  /** Some servers do not mark their last event; the end of the connection ends the response then. */
  end(): Uint8Array | undefined {
    const rest = this.#splitter.takeRest()
    const last = isBlank(rest) ? undefined : this.#forward(Buffer.concat([rest, BLANK_LINE]))
    if (!this.hasBegun) throw malformed('stream ended before the first event.')
    if (this.#position === 'part')
      throw new GatewayError('upstream_cut', 'The upstream ended its stream in the middle of the response.')
    return last
  }

  finishIfComplete(): Uint8Array | undefined {
    return this.#position === 'end' ? NOTHING : undefined
  }

  fail(error: GatewayError): string {
    return encodeErrorEvent(error)
  }

  #forward(events: Uint8Array): Uint8Array {
    for (const data of eventData(textOf(events))) this.#read(data)
    return events
  }

  #read(data: string): void {
    const { position, usage, error } = readEvent(data)
    if (error) throw errorFromUpstream(error)
    this.hasBegun = true
    this.usage = usage ?? this.usage
    if (position !== 'unknown' && this.#position !== 'end') this.#position = position
  }
}

const NOTHING = new Uint8Array(0)
const BLANK_LINE = Buffer.from('\n\n')

function readEvent(data: string): MediaEvent {
  try {
    return readMediaEvent(data)
  } catch (thrown) {
    if (thrown instanceof JsonScanError) throw malformed('stream has an event that is not a JSON object.')
    throw thrown
  }
}

const malformed = (what: string) => new GatewayError('upstream_malformed', `The upstream's ${what}`)
