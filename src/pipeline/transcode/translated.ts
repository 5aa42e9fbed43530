import type { ChatEvent } from '../../chat/event.ts'
import { type CreateDecorator, decorateAll, type EventDecorator } from '../../chat/event-decorator.ts'
import type { AnswerFacts, ClientFormat, UpstreamFormat } from '../../formats/format.ts'
import type { Losses } from '../../formats/translation/losses.ts'
import type { Api } from '../../formats/apis/api.ts'
import { upstreamFacts } from './upstream-facts.ts'
import { type StreamTranscoder, EVENT_STREAMS, type Transcoder } from './transcoder.ts'
import { readJson } from './read-json.ts'
import { StreamObserver } from './stream-observer.ts'

export interface Translation {
  /** From which language to which. */
  readonly apis: readonly [upstream: Api, client: Api]
  readonly from: UpstreamFormat
  readonly to: ClientFormat
  readonly facts: AnswerFacts
  /** What the answer cannot say in the client's language. */
  readonly losses: Losses
  /** What reads or changes the response in between. */
  readonly decorators: readonly CreateDecorator[]
}

/** Two languages: what the upstream says is read into the canonical model, and written in the client's words. */
export const translated = (translation: Translation): Transcoder => {
  const { apis, from, to, facts, losses } = translation
  return {
    whole(bytes) {
      const decoded = from.decodeResponse(readJson(bytes, from.decodeError))
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

function translatedStream(translation: Translation): StreamTranscoder {
  const { from, to, facts, losses } = translation
  const decorator = decoratorOf(translation)
  const frames = from.createFrames()
  const reading = new StreamObserver(from.createDecoder())
  const encoder = to.createEncoder(facts, losses)
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
      const text = write(reading.read(frames.push(chunk)))
      if (text === '' && reading.failure) throw reading.failure
      return text === '' ? undefined : text
    },
    end() {
      const rest = reading.read(frames.end())
      if (reading.failure) throw reading.failure
      return write(rest) + write(reading.end()) + finish()
    },
    finishIfComplete: () => (reading.hasFinished && reading.usage ? finish() : undefined),
    get hasBegun() {
      return reading.hasBegun
    },
    get failure() {
      return reading.failure
    },
    get usage() {
      return reading.usage
    },
    fail: (error) => encoder.fail(error),
  }
}
