import type { ChatEvent } from '../../../chat/event.ts'
import { type Finish, withToolCalls } from '../../../chat/finish.ts'
import type { Extra } from '../../../chat/part.ts'
import type { Usage } from '../../../chat/usage.ts'
import type { GatewayError } from '../../../errors.ts'
import type { ResponseFacts, EventEncoder } from '../../format.ts'
import { awsEventStreamMessage } from '../../../codecs/framing/aws-event-stream.ts'
import type { Frame } from '../../../codecs/framing/frame.ts'
import { InOrder } from '../../translation/in-order.ts'
import type { Losses } from '../../translation/losses.ts'
import { noteResponseExtra } from '../../translation/response-extras.ts'
import { BlockWriter } from './block-writer.ts'
import { NO_SUCH_FIELD } from '../response/encode-response-part.ts'
import { errorFrame } from '../response/encode-error.ts'
import { encodeFinish } from '../response/finish.ts'
import { CONVERSE } from '../name.ts'
import { encodeUsage } from '../response/usage.ts'

/**
 * Writes a stream of Converse events: one block open at a time, `messageStop` and `metadata` last. The returned string
 * is binary: each character is a byte.
 */
export const createEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder => new Encoder(facts, losses)

/** Extra fields that are written in `metadata`; all others are written in `messageStop`. */
const IN_METADATA: ReadonlySet<string> = new Set(['trace', 'performanceConfig', 'serviceTier'])

class Encoder implements EventEncoder {
  readonly #facts: ResponseFacts
  readonly #losses: Losses
  readonly #order = new InOrder()
  readonly #blocks: BlockWriter
  #isStarted = false
  #finish: Finish = { reason: 'other' }
  #extra: Extra = {}
  #usage: Usage | undefined
  #text = ''
  #format: string | undefined

  constructor(facts: ResponseFacts, losses: Losses) {
    this.#facts = facts
    this.#losses = losses
    this.#blocks = new BlockWriter((name, event) => this.#emit({ name, data: JSON.stringify(event) }), losses)
  }

  push(event: ChatEvent): string {
    if (event.type === 'start') this.#start(event)
    else if ('choice' in event && event.choice > 0) this.#losses.note('choices', 'removed: all choices but the first')
    else for (const next of this.#order.push(event)) this.#write(next)
    return this.#takeText()
  }

  end(): string {
    this.#begin()
    this.#blocks.close()
    const isOwn = this.#blocks.isOwn
    const finish = isOwn ? this.#finish : withToolCalls(this.#finish, this.#blocks.hasCalls)
    const { stopSequence } = finish
    const own = Object.entries(isOwn ? this.#extra : {})
    const stop = {
      stopReason: encodeFinish(finish, isOwn, this.#losses),
      ...(stopSequence !== undefined && { additionalModelResponseFields: { delta: { stop_sequence: stopSequence } } }),
      ...Object.fromEntries(own.filter(([key]) => !IN_METADATA.has(key))),
    }
    const metadata = {
      usage: encodeUsage(this.#usage, isOwn),
      metrics: { latencyMs: Math.round(this.#facts.elapsedMs?.() ?? 0) },
      ...Object.fromEntries(own.filter(([key]) => IN_METADATA.has(key))),
    }
    this.#emit({ name: 'messageStop', data: JSON.stringify(stop) })
    this.#emit({ name: 'metadata', data: JSON.stringify(metadata) })
    return this.#takeText()
  }

  /** Writes the error as the last event. An open block stays open. */
  fail(error: GatewayError): string {
    this.#emit(errorFrame(error))
    return this.#takeText()
  }

  #start({ format, extra }: Extract<ChatEvent, { type: 'start' }>): void {
    this.#blocks.isOwn = format === CONVERSE
    this.#format = format
    if (format !== CONVERSE) noteResponseExtra(extra, format, NO_SUCH_FIELD, this.#losses)
    this.#begin()
  }

  #begin(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#emit({ name: 'messageStart', data: '{"role":"assistant"}' })
  }

  #write(event: ChatEvent): void {
    switch (event.type) {
      case 'usage':
        this.#usage = event.usage
        return
      case 'finish':
        this.#finish = event.finish
        this.#extra = event.extra ?? {}
        if (!this.#blocks.isOwn) noteResponseExtra(event.extra, this.#format, NO_SUCH_FIELD, this.#losses)
        return
      case 'logprobs':
        this.#losses.note('logprobs', NO_SUCH_FIELD)
        return
      case 'start':
      case 'error':
        return
      default:
        this.#begin()
        this.#blocks.push(event)
    }
  }

  #emit(frame: Frame): void {
    this.#text += Buffer.from(awsEventStreamMessage(frame)).toString('latin1')
  }

  #takeText(): string {
    const text = this.#text
    this.#text = ''
    return text
  }
}
