import type { ResponseFacts, ChatFormat } from '../../formats/format.ts'
import { readFrames } from '../../codecs/framing/sse.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { EventSplitter } from '../../codecs/framing/events.ts'
import { textOf } from '../../codecs/text.ts'
import type { Api } from '../../formats/apis/api.ts'
import { upstreamFacts } from './upstream-facts.ts'
import { EVENT_STREAM, EVENT_STREAMS, type StreamTranscoder, type Transcoder } from './transcoder.ts'
import { readJson } from './read-json.ts'
import { StreamObserver } from './stream-observer.ts'

/**
 * For the same format on both sides: bytes are forwarded unchanged, including unknown fields and events, and only
 * observed.
 */
export const sameFormat = (api: Api, format: ChatFormat, facts: () => ResponseFacts): Transcoder => ({
  whole: (bytes) => ({ body: bytes, usage: format.decodeResponse(readJson(bytes, format.decodeError)).usage }),
  stream: () => sameFormatStream(format, facts),
  readError: format.decodeError,
  responseHeaders: (upstream) => upstreamFacts(upstream, api, api),
  forwardsErrors: true,
  streamType: EVENT_STREAM,
})

function sameFormatStream(format: ChatFormat, facts: () => ResponseFacts): StreamTranscoder {
  const splitter = new EventSplitter()
  const observer = new StreamObserver(format.createDecoder())
  /** Throws at an error event, so that the stream ends like any other broken stream. */
  const forward = (events: Uint8Array): Uint8Array | undefined => {
    observer.read(readFrames(textOf(events)))
    if (observer.failure) throw observer.failure
    return events
  }
  return {
    contentType: EVENT_STREAMS,
    push(chunk) {
      const whole = splitter.push(chunk)
      return whole && forward(whole)
    },
    end() {
      const rest = splitter.pendingBytes > 0 ? forward(splitter.takeRest()) : undefined
      observer.end()
      return rest
    },
    finishIfComplete: () => undefined, // its last event would have to be invented
    get hasBegun() {
      return observer.hasBegun
    },
    failure: undefined,
    get usage() {
      return observer.usage
    },
    fail: (error) => format.createEncoder(facts(), new Losses()).fail(error),
  }
}
