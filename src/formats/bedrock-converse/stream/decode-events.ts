import type { ChatEvent } from '../../../chat/event.ts'
import { GatewayError } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'
import { splicedStream } from '../../fields/spliced.ts'
import { eventIn, recordAt } from '../../fields/event-object.ts'
import type { EventDecoder } from '../../format.ts'
import type { Frame } from '../../../codecs/framing/frame.ts'
import { BlockReader } from './block-reader.ts'
import { upstreamErrorOf } from '../response/decode-error.ts'
import { answerRest } from '../response/decode-response.ts'
import { decodeFinish, otherFields } from '../response/finish.ts'
import { CONVERSE } from '../name.ts'
import { decodeUsage } from '../response/usage.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const NOTHING: readonly ChatEvent[] = []

/**
 * Reads a stream of Converse events. Unknown events and the padding `p` are ignored, and `messageStart` can be missing.
 * The last event is `metadata`, or from some servers `messageStop`. Throws GatewayError `upstream_malformed` for an
 * invalid event and for arguments without their tool call; `upstream_cut` if the last event is missing.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
export function createDecoder(): EventDecoder {
  return new Decoder()
}

class Decoder implements EventDecoder {
  readonly #blocks = new BlockReader()
  #isStarted = false
  #isOver = false
  /** `messageStop`, after it has arrived. */
  #stop: JsonObject | undefined
  #metadataExtra: JsonObject = {}

  push(frame: Frame): readonly ChatEvent[] {
    if (this.#isOver) return NOTHING
    const { name, data } = frame
    if (frame.isError) return this.#fail(frame)
    const event = eventIn(data)
    switch (name) {
      case 'contentBlockDelta':
        return this.#afterStart(this.#blocks.delta(event['contentBlockIndex'], recordAt(event, 'delta')))
      case 'contentBlockStart':
        return this.#afterStart(this.#blocks.start(event['contentBlockIndex'], recordAt(event, 'start')))
      case 'contentBlockStop':
        return this.#blocks.stop(event['contentBlockIndex'])
      case 'messageStart':
        if (this.#stop || this.#blocks.hasBlocks) throw splicedStream()
        return this.#afterStart(NOTHING)
      case 'messageStop':
        this.#stop ??= event
        return this.#afterStart(this.#blocks.stopAll())
      case 'metadata':
        return this.#afterStart(this.#metadata(event))
      default:
        return NOTHING
    }
  }

  end(): readonly ChatEvent[] {
    if (this.#isOver) return NOTHING
    if (this.#stop) return this.#finish()
    throw new GatewayError('upstream_cut', 'The upstream ended its stream before the message was complete.')
  }

  #afterStart(events: readonly ChatEvent[]): readonly ChatEvent[] {
    if (this.#isStarted) return events
    this.#isStarted = true
    return [{ type: 'start', format: CONVERSE }, ...events]
  }

  #metadata(event: JsonObject): readonly ChatEvent[] {
    const { usage, metrics: _, p: __, ...rest } = event
    this.#metadataExtra = rest
    const events: ChatEvent[] = isRecord(usage) ? [{ type: 'usage', usage: decodeUsage(usage) }] : []
    return this.#stop ? [...events, ...this.#finish()] : events
  }

  #finish(): readonly ChatEvent[] {
    this.#isOver = true
    const { stopReason, additionalModelResponseFields: own, p: _, ...rest } = this.#stop!
    const extra = answerRest({ ...rest, ...this.#metadataExtra, additionalModelResponseFields: otherFields(own) })
    return [{ type: 'finish', choice: 0, finish: decodeFinish(stopReason, own), ...(extra && { extra }) }]
  }

  #fail({ name, data }: Frame): readonly ChatEvent[] {
    this.#isOver = true
    return [{ type: 'error', error: upstreamErrorOf(data === '' ? {} : eventIn(data), name)! }]
  }
}
