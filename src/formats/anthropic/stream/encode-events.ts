import type { ChatEvent } from '../../../chat/event.ts'
import type { Finish } from '../../../chat/finish.ts'
import type { Extra } from '../../../chat/part.ts'
import type { Usage } from '../../../chat/usage.ts'
import type { GatewayError } from '../../../errors.ts'
import type { ResponseFacts, EventEncoder } from '../../format.ts'
import { CallCheck } from '../../translation/call-check.ts'
import { InOrder } from '../../translation/in-order.ts'
import type { Losses } from '../../translation/losses.ts'
import { noteResponseExtra } from '../../translation/response-extras.ts'
import { BlockWriter, eventText } from './block-writer.ts'
import { NO_SUCH_FIELD } from '../response/encode-response-part.ts'
import { encodeErrorBody } from '../response/encode-error.ts'
import { answeringModel, messageId, settledFinish } from '../response/encode-response.ts'
import { encodeFinish, type WireFinish } from '../response/finish.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import { encodeUsage } from '../response/usage.ts'

/**
 * Writes a stream of Messages events. `message_start` waits for the first content, so that it can contain usage that is
 * known early; `message_delta` contains the full usage. One block is open at a time, and empty blocks are not written.
 * Extra fields of the Anthropic format are written with `message_delta`; others are noted as losses.
 * Sources: https://platform.claude.com/docs/en/build-with-claude/streaming; the SDKs throw if `usage` is absent.
 */
export const createEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder => new Encoder(facts, losses)

class Encoder implements EventEncoder {
  readonly #facts: ResponseFacts
  readonly #losses: Losses
  readonly #order = new InOrder()
  readonly #calls = new CallCheck()
  readonly #blocks: BlockWriter
  #isStarted = false
  #start: Extract<ChatEvent, { type: 'start' }> | undefined
  #usage: Usage | undefined
  #finish: Finish | undefined
  #extra: Extra | undefined

  constructor(facts: ResponseFacts, losses: Losses) {
    this.#facts = facts
    this.#losses = losses
    this.#blocks = new BlockWriter(losses)
  }

  push(event: ChatEvent): string {
    if ('index' in event) return this.#part(event)
    switch (event.type) {
      case 'start':
        this.#start ??= event
        this.#blocks.isOwn = this.#isOwn
        this.#note(event.extra)
        return ''
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'finish':
        return this.#finished(event)
      case 'logprobs':
        this.#losses.note('logprobs', NO_SUCH_FIELD)
        return ''
      case 'error':
        return '' // The code that reads the upstream ends this stream with `fail`.
    }
  }

  end(): string {
    const { container, ...rest } = this.#extra ?? {}
    const delta = { ...this.#reason(), ...(container !== undefined && { container }) }
    const usage = encodeUsage(this.#usage, undefined, this.#isOwn)
    return (
      this.#opening() +
      this.#blocks.close() +
      eventText('message_delta', { delta, usage, ...rest }) +
      eventText('message_stop', {})
    )
  }

  fail(error: GatewayError): string {
    return `event: error\ndata: ${encodeErrorBody(error)}\n\n`
  }

  get #isOwn(): boolean {
    return this.#start?.format === ANTHROPIC
  }

  #reason(): WireFinish {
    const { hasCalls, hasRefusal } = this.#blocks
    const finish = this.#finish ?? { reason: 'other' }
    return this.#isOwn
      ? encodeFinish(finish, true, this.#losses)
      : encodeFinish(settledFinish(finish, hasCalls, hasRefusal), false, this.#losses)
  }

  #part(event: Extract<ChatEvent, { index: number }>): string {
    if (event.choice !== 0) {
      this.#losses.note('choices', 'removed: all choices but the first')
      return ''
    }
    if (!this.#isOwn) this.#calls.push(event)
    return this.#write(this.#order.push(event))
  }

  #finished(event: Extract<ChatEvent, { type: 'finish' }>): string {
    if (event.choice !== 0) return ''
    this.#finish ??= event.finish
    if (this.#isOwn) this.#extra = event.extra
    this.#note(event.extra)
    this.#calls.finish(event.finish.reason === 'length', this.#losses)
    return this.#write(this.#order.push(event))
  }

  #write(events: readonly ChatEvent[]): string {
    let text = ''
    for (const event of events) if ('index' in event) text += this.#blocks.push(event)
    return text === '' ? '' : this.#opening() + text
  }

  /** `message_start`, once. */
  #opening(): string {
    if (this.#isStarted) return ''
    this.#isStarted = true
    const { id, model, tier } = this.#start ?? {}
    const message = {
      id: messageId(id, this.#facts),
      type: 'message',
      role: 'assistant',
      model: answeringModel(model, this.#facts),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: encodeUsage(this.#usage, tier, this.#isOwn),
    }
    return eventText('message_start', { message })
  }

  #note(extra: Extra | undefined): void {
    if (!this.#isOwn) noteResponseExtra(extra, this.#start?.format, NO_SUCH_FIELD, this.#losses)
  }
}
