import type { ChatEvent } from '../../chat/event.ts'
import { failureOf, GiveUpCheck } from '../../chat/gave-up.ts'
import { type CreateDecorator, decorateAll, type EventDecorator } from '../../chat/event-decorator.ts'
import type { ResponseFacts, ClientFormat, EventDecoder, UpstreamFormat } from '../../formats/format.ts'
import type { Losses } from '../../formats/translation/losses.ts'
import type { Api } from '../../formats/apis/api.ts'
import { errorFromUpstream } from './rejection.ts'
import { upstreamFacts } from './upstream-facts.ts'
import { type StreamTranscoder, EVENT_STREAMS, type Transcoder } from './transcoder.ts'
import { readJson } from './read-json.ts'
import { StreamObserver } from './stream-observer.ts'

export interface Translation {
  /** The formats of both sides. */
  readonly apis: readonly [upstream: Api, client: Api]
  readonly from: UpstreamFormat
  readonly to: ClientFormat
  readonly facts: ResponseFacts
  /** Takes what the client's format cannot express. */
  readonly losses: Losses
  /** Decorators of the canonical events. */
  readonly decorators: readonly CreateDecorator[]
}

/** For two formats: the upstream's response is decoded to the canonical model, and encoded in the client's format. */
export const translated = (translation: Translation): Transcoder => {
  const { apis, from, to, facts, losses } = translation
  return {
    whole(bytes) {
      const decoded = from.decodeResponse(readJson(bytes, from.decodeError))
      const failure = failureOf(decoded)
      if (failure) throw errorFromUpstream(failure)
      const answer = decoratorOf(translation)?.response(decoded) ?? decoded
      return { body: JSON.stringify(to.encodeResponse(answer, facts, losses)), usage: answer.usage }
    },
    stream: () => translatedStream(translation),
    readError: from.decodeError,
    responseHeaders: (upstream) => upstreamFacts(upstream, ...apis),
    forwardsErrors: false,
    streamType: to.streamType,
  }
}

const decoratorOf = ({ decorators }: Translation): EventDecorator | undefined =>
  decorateAll(decorators.map((create) => create()))

/** What is sent for the text of an encoder: the text itself, or the bytes that it stands for. */
export const sentBy = ({ isBinary }: ClientFormat): ((text: string) => Uint8Array | string) =>
  isBinary ? (text) => Buffer.from(text, 'latin1') : (text) => text

/** A response without a usable result is an error: no client could tell it from an empty success. */
function checked(decoder: EventDecoder): EventDecoder {
  const check = new GiveUpCheck()
  return { push: (frame) => check.events(decoder.push(frame)), end: () => check.events(decoder.end()) }
}

function translatedStream(translation: Translation): StreamTranscoder {
  const { from, to, facts, losses } = translation
  const decorator = decoratorOf(translation)
  const frames = from.createFrames()
  const observer = new StreamObserver(checked(from.createDecoder()))
  const encoder = to.createEncoder(facts, losses)
  const bytesOf = sentBy(to)
  const write = (events: readonly ChatEvent[]): string => {
    let text = ''
    for (const event of decorator?.events(events) ?? events) text += encoder.push(event)
    return text
  }
  const finish = (): string => {
    let text = ''
    for (const event of decorator?.end() ?? []) text += encoder.push(event)
    return text + encoder.end()
  }
  return {
    contentType: from.streamContent ?? EVENT_STREAMS,
    push(chunk) {
      const text = write(observer.read(frames.push(chunk)))
      if (text === '' && observer.failure) throw observer.failure
      return text === '' ? undefined : bytesOf(text)
    },
    end() {
      const rest = observer.read(frames.end())
      if (observer.failure) throw observer.failure
      return bytesOf(write(rest) + write(observer.end()) + finish())
    },
    finishIfComplete: () => (observer.hasFinished && observer.usage ? bytesOf(finish()) : undefined),
    get hasBegun() {
      return observer.hasBegun
    },
    get failure() {
      return observer.failure
    },
    get usage() {
      return observer.usage
    },
    fail: (error) => bytesOf(encoder.fail(error)),
  }
}
