import type { ChatEvent } from '../../../chat/event.ts'
import { GatewayError } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'
import { eventIn, recordAt } from '../../fields/event-object.ts'
import type { EventDecoder } from '../../format.ts'
import type { Frame } from '../../../codecs/framing/frame.ts'
import { areDifferent, splicedStream } from '../../fields/spliced.ts'
import { BlockReader } from './block-reader.ts'
import { upstreamErrorOf } from '../response/decode-error.ts'
import { decodeFinish } from '../response/finish.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import { decodeUsage, mergeUsage } from '../response/usage.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const NOTHING: readonly ChatEvent[] = []

/** Fields of a message that are read. All others are kept for the finish event. */
const KNOWN: ReadonlySet<string> = new Set([
  'id',
  'type',
  'role',
  'model',
  'content',
  'stop_reason',
  'stop_sequence',
  'stop_details',
  'usage',
])

/**
 * Reads a stream of Messages events. Unknown events are ignored, and unknown blocks are kept as native parts. A second
 * `message_start` of the same message and everything after `message_stop` are ignored. Text of a block that has not started opens the
 * block. `message_start` can contain content and a stop reason: the response to a tool result within code execution
 * does.
 * Throws GatewayError `upstream_malformed` for an invalid event and for tool input without its tool call;
 * for a second message; `upstream_cut` if `message_stop` is missing.
 * Source: https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export function createDecoder(): EventDecoder {
  return new Decoder()
}

class Decoder implements EventDecoder {
  readonly #blocks = new BlockReader()
  #isStarted = false
  #id: unknown
  #isOver = false
  #usage: JsonObject = {}
  #finish: JsonObject = {}
  #extra: JsonObject = {}

  push({ name, data }: Frame): readonly ChatEvent[] {
    if (this.#isOver || data === '[DONE]') return NOTHING
    const event = eventIn(data)
    switch (event['type'] ?? name ?? (isRecord(event['error']) ? 'error' : undefined)) {
      case 'content_block_delta':
        return this.#blocks.delta(event['index'], recordAt(event, 'delta'))
      case 'content_block_start':
        return this.#afterStart(this.#blocks.start(event['index'], recordAt(event, 'content_block')))
      case 'content_block_stop':
        return this.#blocks.stop(event['index'])
      case 'message_start':
        return this.#isStarted
          ? this.#repeatedStart(recordAt(event, 'message'))
          : this.#start(recordAt(event, 'message'))
      case 'message_delta':
        return this.#messageDelta(event)
      case 'message_stop':
        return this.#stop()
      case 'error':
        this.#isOver = true
        return [{ type: 'error', error: upstreamErrorOf(event) ?? NO_MESSAGE }]
      default:
        return NOTHING
    }
  }

  end(): readonly ChatEvent[] {
    if (this.#isOver) return NOTHING
    throw new GatewayError('upstream_cut', 'The upstream ended its stream before the message was complete.')
  }

  /** Adds the start event, because some servers omit `message_start`. */
  #afterStart(events: readonly ChatEvent[]): readonly ChatEvent[] {
    if (this.#isStarted) return events
    this.#isStarted = true
    return [{ type: 'start', format: ANTHROPIC }, ...events]
  }

  #start(message: JsonObject): readonly ChatEvent[] {
    this.#isStarted = true
    const { id, model, content, usage } = message
    this.#id = id
    this.#finish = message
    this.#keepExtra(message)
    const report = this.#readUsage(usage)
    return [
      {
        type: 'start',
        format: ANTHROPIC,
        ...(typeof id === 'string' && { id }),
        ...(typeof model === 'string' && { model }),
        ...(report?.tier && { tier: report.tier }),
      },
      ...(report ? [report.event] : []),
      ...(Array.isArray(content) ? content.filter(isRecord).flatMap((block) => this.#blocks.whole(block)) : []),
    ]
  }

  #repeatedStart({ id }: JsonObject): readonly ChatEvent[] {
    if (areDifferent(this.#id, id)) throw splicedStream()
    return NOTHING
  }

  #messageDelta(event: JsonObject): readonly ChatEvent[] {
    const { type: _, delta, usage, ...rest } = event
    if (isRecord(delta)) {
      this.#finish = mergeUsage(this.#finish, delta)
      this.#keepExtra(delta)
    }
    this.#keepExtra(rest)
    const report = this.#readUsage(usage)
    return report ? this.#afterStart([report.event]) : NOTHING
  }

  #readUsage(usage: unknown): { event: ChatEvent; tier: string | undefined } | undefined {
    if (!isRecord(usage)) return undefined
    this.#usage = mergeUsage(this.#usage, usage)
    const { usage: known, tier } = decodeUsage(this.#usage)
    return { event: { type: 'usage', usage: known }, tier }
  }

  #keepExtra(holder: JsonObject): void {
    const rest = Object.entries(holder).filter(([key, value]) => !KNOWN.has(key) && value != null)
    if (rest.length > 0) this.#extra = { ...this.#extra, ...Object.fromEntries(rest) }
  }

  #stop(): readonly ChatEvent[] {
    this.#isOver = true
    return this.#afterStart([
      ...this.#blocks.stopAll(),
      {
        type: 'finish',
        choice: 0,
        finish: decodeFinish(this.#finish),
        ...(Object.keys(this.#extra).length > 0 && { extra: this.#extra }),
      },
    ])
  }
}

const NO_MESSAGE = { message: 'The upstream gave no message.', isEnvelope: false } as const
