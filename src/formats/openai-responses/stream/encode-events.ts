import type { ChatEvent } from '../../../chat/event.ts'
import type { Finish } from '../../../chat/finish.ts'
import type { Usage } from '../../../chat/usage.ts'
import type { GatewayError } from '../../../errors.ts'
import { defined } from '../../fields/defined.ts'
import type { ResponseFacts, EventEncoder } from '../../format.ts'
import { InOrder } from '../../translation/in-order.ts'
import type { Losses } from '../../translation/losses.ts'
import { echoOf } from '../response/echo.ts'
import { errorFields, responseError } from '../response/encode-error.ts'
import { noteDroppedExtra, noteChoices, writeEvent } from '../response/encode-response.ts'
import { encodeFinish } from '../response/finish.ts'
import { identityOf } from '../response/identity.ts'
import { NAME } from '../name.ts'
import { OutputWriter } from '../response/output-writer.ts'
import { encodeUsage } from '../response/usage.ts'

type Start = Extract<ChatEvent, { type: 'start' }>

export const createEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder => new ResponsesEncoder(facts, losses)

/**
 * Encodes the stream as OpenAI does: `response.created`, `response.in_progress`, the items one after another, and a
 * terminal event with the complete response. Events are numbered from 0 without gaps, and each frame has the name of
 * its event type.
 * Source: https://platform.openai.com/docs/api-reference/responses-streaming
 */
class ResponsesEncoder implements EventEncoder {
  readonly #facts: ResponseFacts
  readonly #losses: Losses
  readonly #parts = new InOrder()
  #writer: OutputWriter | undefined
  #out = ''
  #sequence = 0
  /** The text before the status of every response object; `#tail` is the text after the output. */
  #head = ''
  #tail = ''
  #created = 0
  #isOwn = false
  #format: string | undefined
  #usage: Usage | undefined
  #finish: Finish | undefined

  constructor(facts: ResponseFacts, losses: Losses) {
    this.#facts = facts
    this.#losses = losses
  }

  push(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        this.#begin(event)
        break
      case 'usage':
        this.#usage = event.usage
        break
      case 'error':
        break
      default:
        this.#write(event)
    }
    return this.#take()
  }

  end(): string {
    const writer = this.#begun()
    if (this.#finish) writer.explain(this.#finish)
    const wire = encodeFinish(this.#finish ?? { reason: 'other' }, writer.contents)
    writer.close(wire.status === 'completed' ? 'completed' : 'incomplete')
    const completed = wire.status === 'completed' ? this.#created : null
    this.#lifecycle(wire.status, { ...wire, completed_at: completed }, writer)
    return this.#take()
  }

  /** Incomplete items are not ended. */
  fail(error: GatewayError): string {
    if (!this.#writer) this.#prepare({ type: 'start' })
    this.#emit('error', errorFields(error))
    const failed = { status: 'failed', error: responseError(error), incomplete_details: null, completed_at: null }
    this.#lifecycle('failed', failed, this.#writer!)
    return this.#take()
  }

  #begun(): OutputWriter {
    if (!this.#writer) this.#begin({ type: 'start' })
    return this.#writer!
  }

  #begin(start: Start): void {
    if (this.#writer) return
    this.#prepare(start)
    const state = { status: 'in_progress', error: null, incomplete_details: null, completed_at: null }
    this.#lifecycle('created', state)
    this.#lifecycle('in_progress', state)
  }

  #prepare(start: Start): void {
    this.#isOwn = start.format === NAME
    this.#format = start.format
    if (!this.#isOwn) noteDroppedExtra(start.extra, start.format, this.#losses)
    const { id, created_at, model } = identityOf(start, this.#facts)
    this.#created = created_at
    this.#head = JSON.stringify({ id, object: 'response', created_at, model }).slice(0, -1)
    const echo = this.#isOwn
      ? { ...defined({ service_tier: start.tier }), ...start.extra }
      : echoOf(this.#facts, start.tier)
    this.#tail = JSON.stringify(echo).slice(1)
    const context = { facts: this.#facts, losses: this.#losses, isOwn: this.#isOwn }
    this.#writer = new OutputWriter(context, (type, fields) => this.#emit(type, fields))
  }

  #write(event: Extract<ChatEvent, { choice: number }>): void {
    const writer = this.#begun()
    if (event.choice > 0) return noteChoices(this.#losses)
    for (const next of this.#parts.push(event)) writeEvent(next, writer)
    if (event.type !== 'finish') return
    if (!this.#isOwn) noteDroppedExtra(event.extra, this.#format, this.#losses)
    this.#finish = event.finish
  }

  #lifecycle(event: string, state: object, writer?: OutputWriter): void {
    const output = JSON.stringify(writer?.items ?? [])
    const usage = writer && this.#usage ? JSON.stringify(encodeUsage(this.#usage, this.#isOwn)) : 'null'
    const rest = this.#tail === '}' ? '}' : `,${this.#tail}`
    const response = `${this.#head},${JSON.stringify(state).slice(1, -1)},"output":${output},"usage":${usage}${rest}`
    this.#emit(`response.${event}`, `"response":${response}`)
  }

  #emit(type: string, fields: string): void {
    this.#out += `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#sequence++},${fields}}\n\n`
  }

  #take(): string {
    const text = this.#out
    this.#out = ''
    return text
  }
}
