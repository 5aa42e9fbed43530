import type { ChatEvent } from '../../chat/event.ts'
import type { AnswerFacts, ClientFormat, UpstreamFormat } from '../../formats/format.ts'
import type { Losses } from '../../formats/translation/losses.ts'
import type { ToolNames } from '../../formats/translation/tool-names.ts'
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
  /** The names of tools as the client knows them. */
  readonly names: ToolNames
}

/** Two languages: what the upstream says is read into the canonical model, and written in the client's words. */
export const translated = (translation: Translation): Transcoder => {
  const { apis, from, to, facts, losses, names } = translation
  return {
    whole(bytes) {
      const answer = names.restoreResponse(from.decodeResponse(readJson(bytes, from.decodeError)))
      return { body: JSON.stringify(to.encodeResponse(answer, facts, losses)), usage: answer.usage }
    },
    stream: () => translatedStream(translation),
    readError: from.decodeError,
    responseHeaders: (upstream) => upstreamFacts(upstream, ...apis),
    forwardsErrors: false,
    streamType: to.streamType,
  }
}

function translatedStream({ from, to, facts, losses, names }: Translation): StreamTranscoder {
  const frames = from.createFrames()
  const reading = new StreamObserver(from.createDecoder())
  const encoder = to.createEncoder(facts, losses)
  const write = (events: readonly ChatEvent[]): string => {
    let text = ''
    for (const event of events) text += encoder.push(names.restoreEvent(event))
    return text
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
      return write(rest) + write(reading.end()) + encoder.end()
    },
    finishIfComplete: () => (reading.hasFinished && reading.usage ? encoder.end() : undefined),
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
