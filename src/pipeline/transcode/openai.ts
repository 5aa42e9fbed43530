import { GatewayError } from '../../errors.ts'
import { isJson } from '../../codecs/json/is-json.ts'
import { hasBrokenEvent } from '../../formats/openai-passthrough/broken-event.ts'
import { decodeError } from '../../formats/openai-shared/decode-error.ts'
import { encodeErrorEvent } from '../../formats/openai-shared/encode-error.ts'
import { isPreamble } from '../../formats/openai-passthrough/first-event.ts'
import { readResponse } from '../../formats/openai-passthrough/read-response.ts'
import { errorIn, isErrorData } from '../../formats/openai-passthrough/stream-tail.ts'
import { withoutUsage } from '../../formats/openai-passthrough/without-usage.ts'
import { eventData, EventSplitter, isBlank, splitEvents } from '../../codecs/framing/events.ts'
import { textOf } from '../../codecs/text.ts'
import type { Usage } from '../../chat/usage.ts'
import { formatBytes } from '../../units.ts'
import type { Call } from '../call/call.ts'
import { errorFromUpstream } from './rejection.ts'
import { upstreamFacts } from './upstream-facts.ts'
import { OpenaiEnding } from './openai-ending.ts'
import {
  type StreamTranscoder,
  EVENT_STREAM,
  EVENT_STREAMS,
  type Transcoder,
  type WholeResponse,
} from './transcoder.ts'

/**
 * For OpenAI's formats on both sides, as in most calls: bytes are forwarded unchanged, and only the beginning and the
 * end of a stream are read. `hidesUsage`: only the gateway requested the usage event, so it is removed.
 */
export const openaiTranscoder = (call: Call, hidesUsage: boolean): Transcoder => ({
  whole: openaiWhole,
  stream: (resumption) =>
    new OpenaiStream(hidesUsage, endingOf(resumption?.before) ?? new OpenaiEnding(call), resumption?.rewrite),
  readError: decodeError,
  responseHeaders: (upstream) => upstreamFacts(upstream, call.arrival.api!, call.arrival.api!),
  forwardsErrors: true,
  streamType: EVENT_STREAM,
})

/** A resumed stream keeps the ending of the stream before it. */
const endingOf = (before: StreamTranscoder | undefined) => (before instanceof OpenaiStream ? before.ending : undefined)

/** Throws GatewayError `upstream_malformed`, or the error that the response contains. */
export function openaiWhole(bytes: Uint8Array<ArrayBuffer>): WholeResponse {
  const answer = readResponse(bytes)
  if (answer.type === 'error') throw errorFromUpstream(answer.error)
  if (answer.type === 'malformed') throw malformed(`response ${answer.reason}.`)
  return { body: bytes, usage: answer.usage }
}

class OpenaiStream implements StreamTranscoder {
  readonly contentType = EVENT_STREAMS
  failure: GatewayError | undefined
  hasBegun = false
  usage: Usage | undefined
  readonly #splitter = new EventSplitter()
  readonly ending: OpenaiEnding
  readonly #hidesUsage: boolean
  readonly #rewrite: ((events: Uint8Array) => Uint8Array) | undefined
  #preambleBytes = 0
  #first: string | undefined

  constructor(hidesUsage: boolean, ending: OpenaiEnding, rewrite: ((events: Uint8Array) => Uint8Array) | undefined) {
    this.#hidesUsage = hidesUsage
    this.ending = ending
    this.#rewrite = rewrite
  }

  push(chunk: Uint8Array): Uint8Array | undefined {
    const events = this.#splitter.push(chunk)
    return events && this.#forward(events)
  }

  /** A last event without its blank line is accepted if it is complete. */
  end(): Uint8Array | undefined {
    const rest = this.#splitter.pendingBytes === 0 ? undefined : this.#lastEvent()
    const shown = rest && this.#forward(rest)
    if (!this.hasBegun) throw malformed('stream ended before the first event.')
    const last = this.finishIfComplete()
    if (!last) throw new GatewayError('upstream_cut', 'The upstream ended its stream in the middle of the response.')
    if (last.length === 0) return shown
    return shown ? Buffer.concat([shown, last]) : last
  }

  /** `[DONE]` is added: some servers leave it out, and some clients wait for it. */
  finishIfComplete(): Uint8Array | undefined {
    const end = this.ending.read()
    if (!end || end.error) return undefined
    this.usage = end.usage
    return end.hasDone ? NOTHING : DONE
  }

  fail(error: GatewayError): string {
    return encodeErrorEvent(error)
  }

  #forward(given: Uint8Array): Uint8Array | undefined {
    const events = this.#beforeError(given)
    checkEvents(events)
    if (!this.hasBegun) this.#begin(events)
    const rewritten = this.#rewrite ? this.#rewrite(events) : events
    this.ending.observe(rewritten)
    const shown = this.#hidesUsage ? withoutUsage(rewritten) : rewritten
    return shown.length === 0 ? undefined : shown
  }

  /**
   * The events before an error event, which is never forwarded: the stream ends like any other broken one, and the
   * upstream's text is cleaned of secrets. Searching for the word takes 0.1 µs for the packet of a token. Throws the error
   * if there are no events before it, or none with content.
   */
  #beforeError(events: Uint8Array): Uint8Array {
    if (indexOf.call(events, ERROR) === -1) return events
    let at = 0
    for (const { length } of splitEvents(Buffer.from(events).toString('latin1'))) {
      const failed = eventData(textOf(events, at, at + length)).find(isErrorData)
      if (failed !== undefined) {
        this.failure = errorFromUpstream(errorIn(failed))
        if (at === 0 || !this.hasBegun) throw this.failure
        return events.subarray(0, at)
      }
      at += length
    }
    return events
  }

  /** Looks for the first event with content. */
  #begin(events: Uint8Array): void {
    const data = eventData(textOf(events))
    this.#first ??= data[0]
    if (data.every(isPreamble)) {
      this.#preambleBytes += events.length
      if (this.#preambleBytes > MAX_PREAMBLE_BYTES)
        throw new GatewayError(
          'upstream_malformed',
          `The upstream sent ${formatBytes(MAX_PREAMBLE_BYTES)} of its stream without any content.`,
        )
      return
    }
    checkBeginning(this.#first!)
    this.hasBegun = true
  }

  #lastEvent(): Uint8Array | undefined {
    const rest = this.#splitter.takeRest()
    if (isBlank(rest)) return rest // the second half of a line end whose first half ended the event
    const [data] = eventData(textOf(rest))
    return data === '[DONE]' || (data !== undefined && isJson(data)) ? Buffer.concat([rest, BLANK_LINE]) : undefined
  }
}

const { indexOf } = Buffer.prototype
const ERROR = Buffer.from('"error"')
const NOTHING = new Uint8Array(0)
const DONE = Buffer.from('data: [DONE]\n\n')
const BLANK_LINE = Buffer.from('\n\n')

/** Comments and roles are kept until the first content, so their size is bounded. */
const MAX_PREAMBLE_BYTES = 1024 * 1024

const malformed = (what: string) => new GatewayError('upstream_malformed', `The upstream's ${what}`)

function checkBeginning(first: string): void {
  if (first === '[DONE]') throw malformed('stream ended without a response.')
  if (!first.startsWith('{')) throw malformed('first event is not JSON.')
}

/** A truncated event would throw in the client's parser. Before the first event, another endpoint can still be tried. */
function checkEvents(events: Uint8Array): void {
  if (hasBrokenEvent(events))
    throw new GatewayError('upstream_malformed', 'The upstream sent an event that is not valid JSON.')
}
