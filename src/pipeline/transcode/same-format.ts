import type { ResponseFacts, ChatFormat, UpstreamFormat } from '../../formats/format.ts'
import { readFrames, sseFrame } from '../../codecs/framing/sse.ts'
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
 * observed. Where only the frames of streams differ, events get other frames.
 */
export function sameFormat(
  [api, clientApi]: readonly [upstream: Api, client: Api],
  formats: readonly [upstream: ChatFormat, client: ChatFormat],
  facts: () => ResponseFacts,
): Transcoder {
  const [from, to] = formats
  return {
    whole: (bytes) => ({ body: bytes, usage: from.decodeResponse(readJson(bytes, from.decodeError)).usage }),
    stream: () => sameFormatStream(formats, facts),
    readError: from.decodeError,
    responseHeaders: (upstream) => upstreamFacts(upstream, api, clientApi),
    forwardsErrors: api === clientApi,
    streamType: to.writeFrame ? to.streamType : EVENT_STREAM,
  }
}

/** Forwards the whole events among the bytes, and shows them to the observer. */
interface Forwarder {
  push(chunk: Uint8Array): Uint8Array | undefined
  end(): Uint8Array | undefined
}

function sameFormatStream(
  [from, to]: readonly [upstream: ChatFormat, client: ChatFormat],
  facts: () => ResponseFacts,
): StreamTranscoder {
  const observer = new StreamObserver(from.createDecoder())
  const forwarder =
    from === to && !from.writeFrame ? eventsForwarder(observer) : framesForwarder(from, writerOf(to), observer)
  const sent = sentBy(to)
  return {
    contentType: from.streamContent ?? EVENT_STREAMS,
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
    fail: (error) => sent(to.createEncoder(facts(), new Losses()).fail(error)),
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

type WriteFrame = NonNullable<ChatFormat['writeFrame']>

const writerOf = ({ writeFrame }: ChatFormat): WriteFrame => writeFrame ?? (({ data, name }) => sseFrame(data, name))

/** For lines, binary messages and other frames than the client's: each is read, and written with the same content. */
function framesForwarder({ createFrames }: UpstreamFormat, write: WriteFrame, observer: StreamObserver): Forwarder {
  const reader = createFrames()
  const forward = (frames: ReturnType<typeof reader.push>): Uint8Array | undefined => {
    observer.read(frames)
    if (observer.failure) throw observer.failure
    return frames.length === 0 ? undefined : Buffer.concat(frames.map((frame) => Buffer.from(write(frame))))
  }
  return { push: (chunk) => forward(reader.push(chunk)), end: () => forward(reader.end()) }
}
