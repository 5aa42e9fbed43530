import { GatewayError } from '../errors.ts'
import { isJson } from '../formats/json/is-json.ts'
import { hasBrokenEvent } from '../formats/openai/broken-event.ts'
import { decodeError } from '../formats/openai-chat/decode-error.ts'
import { isPreamble } from '../formats/openai/first-event.ts'
import { isErrorData } from '../formats/openai/stream-tail.ts'
import { eventData, EventSplitter, isBlank } from '../formats/sse.ts'
import { textOf } from '../formats/text.ts'
import { formatBytes } from '../units.ts'
import type { Attempt } from './attempt.ts'
import { complaintError } from './rejection.ts'

const EVENT_STREAM = /^text\/event-stream *(?:;|$)/i

/** The stream of one upstream, read whole events at a time. */
export class UpstreamStream {
  readonly #attempt: Attempt
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #splitter = new EventSplitter()

  /** Throws GatewayError for a body that is no event stream. */
  constructor(attempt: Attempt, upstream: Response) {
    const contentType = upstream.headers.get('content-type') ?? ''
    if (!upstream.body || !EVENT_STREAM.test(contentType)) {
      const found = contentType.slice(0, 60) || 'an untyped body'
      throw new GatewayError('upstream_malformed', `The upstream answered a stream with ${found}.`)
    }
    this.#attempt = attempt
    this.#reader = upstream.body.getReader() as ReadableStreamDefaultReader<Uint8Array>
  }

  /**
   * The events up to the first that says something, comments before it included. Throws for a stream that begins with an
   * error or ends before it said anything: until here another endpoint can be asked.
   */
  async begin(): Promise<Uint8Array> {
    const seen: Uint8Array[] = []
    let seenBytes = 0
    let first: string | undefined
    for (;;) {
      const events = await this.next()
      if (!events) throw new GatewayError('upstream_malformed', 'The upstream ended its stream before the first event.')
      const data = eventData(textOf(events))
      data.forEach(refuseFailure)
      first ??= data[0]
      seen.push(events)
      seenBytes += events.length
      if (data.every(isPreamble)) {
        if (seenBytes > MOST_PREAMBLE_BYTES) throw endlessPreamble()
        continue
      }
      checkBeginning(first!)
      this.#attempt.firstEvent(performance.now())
      return seen.length === 1 ? events : Buffer.concat(seen)
    }
  }

  /** The next whole events, undefined at the end. A last event without its blank line is one if it is complete. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = await this.#reader.read()
      if (done) return this.#lastEvent()
      this.#attempt.event(performance.now())
      const whole = this.#splitter.push(value)
      if (whole) return refuseBroken(refuseErrorEvent(whole))
    }
  }

  /** Nobody will read on. */
  async abandon(error: GatewayError): Promise<void> {
    try {
      await this.#reader.cancel(error)
    } catch {
      // It was broken already. Unread, this rejection would end the process.
    }
  }

  #lastEvent(): Uint8Array | undefined {
    if (this.#splitter.pendingBytes === 0) return undefined
    const rest = this.#splitter.takeRest()
    if (isBlank(rest)) return rest // the second half of a line end whose first was enough
    const [data] = eventData(textOf(rest))
    return data === '[DONE]' || (data !== undefined && isJson(data)) ? Buffer.concat([rest, BLANK_LINE]) : undefined
  }
}

const BLANK_LINE = Buffer.from('\n\n')

/** Comments and roles: kept until something is said, so there must be an end to them. */
const MOST_PREAMBLE_BYTES = 1024 * 1024

const endlessPreamble = () =>
  new GatewayError(
    'upstream_malformed',
    `The upstream sent ${formatBytes(MOST_PREAMBLE_BYTES)} of its stream without saying anything.`,
  )

function checkBeginning(first: string): void {
  if (first === '[DONE]')
    throw new GatewayError('upstream_malformed', 'The upstream ended its stream without an answer.')
  if (!first.startsWith('{')) throw new GatewayError('upstream_malformed', "The upstream's first event is not JSON.")
}

function refuseFailure(data: string): void {
  const complaint = isErrorData(data) ? decodeError(data) : undefined
  if (complaint) throw complaintError(complaint)
}

/** Half an event would end at the client in an exception of its parser. Until here somebody else can say it. */
function refuseBroken(events: Uint8Array): Uint8Array {
  if (hasBrokenEvent(events))
    throw new GatewayError('upstream_malformed', 'The upstream sent an event that is no JSON.')
  return events
}

const LETTER_E = 0x65

/**
 * Throws what an error event says, so that it can be answered like any other failure. Chunks begin with `data: {"id"` or
 * the like; one look at the ninth byte spares reading each of them.
 */
function refuseErrorEvent(events: Uint8Array): Uint8Array {
  if (events[8] === LETTER_E || events[0] === LETTER_E) eventData(textOf(events)).forEach(refuseFailure)
  return events
}
