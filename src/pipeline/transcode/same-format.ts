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
import { sentBy } from './translated.ts'

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
  streamType: format.writeFrame ? format.streamType : EVENT_STREAM,
})

/** Forwards the whole events among the bytes, and shows them to the observer. */
interface Forwarder {
  push(chunk: Uint8Array): Uint8Array | undefined
  end(): Uint8Array | undefined
}

function sameFormatStream(format: ChatFormat, facts: () => ResponseFacts): StreamTranscoder {
  const observer = new StreamObserver(format.createDecoder())
  const forwarder = format.writeFrame ? framesForwarder(format, format.writeFrame, observer) : eventsForwarder(observer)
  const sent = sentBy(format)
  return {
    contentType: format.streamContent ?? EVENT_STREAMS,
    push: (chunk) => forwarder.push(chunk),
    end() {
      const rest = forwarder.end()
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
    fail: (error) => sent(format.createEncoder(facts(), new Losses()).fail(error)),
  }
}

/** For server-sent events. Throws at an error event, so that the stream ends like any other broken stream. */
function eventsForwarder(observer: StreamObserver): Forwarder {
  const splitter = new EventSplitter()
  const forward = (events: Uint8Array): Uint8Array | undefined => {
    observer.read(readFrames(textOf(events)))
    if (observer.failure) throw observer.failure
    return events
  }
  return {
    push(chunk) {
      const whole = splitter.push(chunk)
      return whole && forward(whole)
    },
    end: () => (splitter.pendingBytes > 0 ? forward(splitter.takeRest()) : undefined),
  }
}

/** For lines and binary messages: each is read, and written again with the same content. */
function framesForwarder(
  { createFrames }: ChatFormat,
  write: NonNullable<ChatFormat['writeFrame']>,
  observer: StreamObserver,
): Forwarder {
  const reader = createFrames()
  const forward = (frames: ReturnType<typeof reader.push>): Uint8Array | undefined => {
    observer.read(frames)
    if (observer.failure) throw observer.failure
    return frames.length === 0 ? undefined : Buffer.concat(frames.map((frame) => Buffer.from(write(frame))))
  }
  return { push: (chunk) => forward(reader.push(chunk)), end: () => forward(reader.end()) }
}
