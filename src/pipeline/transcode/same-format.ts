import type { AnswerFacts, ChatFormat } from '../../formats/format.ts'
import { readFrames } from '../../codecs/framing/sse.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { EventSplitter } from '../../codecs/framing/events.ts'
import { textOf } from '../../codecs/text.ts'
import type { Api } from '../../formats/apis/api.ts'
import { upstreamFacts } from './upstream-facts.ts'
import { EVENT_STREAM, EVENT_STREAMS, type StreamTranscoder, type Transcoder } from './transcoder.ts'
import { readJson } from './read-json.ts'
import { StreamObserver } from './stream-observer.ts'

/** Both sides speak the same: bytes pass as they came, unknown fields and events among them, and are read on the side. */
export const sameFormat = (api: Api, format: ChatFormat, facts: () => AnswerFacts): Transcoder => ({
  whole: (bytes) => ({ body: bytes, usage: format.decodeResponse(readJson(bytes, format.decodeError)).usage }),
  stream: () => sameFormatStream(format, facts),
  readError: format.decodeError,
  responseHeaders: (upstream) => upstreamFacts(upstream, api, api),
  forwardsErrors: true,
  streamType: EVENT_STREAM,
})

function sameFormatStream(format: ChatFormat, facts: () => AnswerFacts): StreamTranscoder {
  const splitter = new EventSplitter()
  const reading = new StreamObserver(format.createDecoder())
  /** Its own language's error event goes to the client as it came; then it is ended as any broken stream is. */
  const pass = (events: Uint8Array): Uint8Array | undefined => {
    reading.read(readFrames(textOf(events)))
    if (reading.failure) throw reading.failure
    return events
  }
  return {
    contentType: EVENT_STREAMS,
    push(chunk) {
      const whole = splitter.push(chunk)
      return whole && pass(whole)
    },
    end() {
      const rest = splitter.pendingBytes > 0 ? pass(splitter.takeRest()) : undefined
      reading.end()
      return rest
    },
    finishIfComplete: () => undefined, // its last event would have to be made up
    get hasBegun() {
      return reading.hasBegun
    },
    failure: undefined,
    get usage() {
      return reading.usage
    },
    fail: (error) => format.createEncoder(facts(), new Losses()).fail(error),
  }
}
