import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import type { Finish } from '../../chat/finish.ts'
import type { ToolCallPart } from '../../chat/part.ts'
import type { Usage } from '../../chat/usage.ts'
import type { GatewayError } from '../../errors.ts'
import { parseToolInput } from '../translation/tool-input.ts'
import type { ResponseFacts, EventEncoder } from '../format.ts'
import { InOrder } from '../translation/in-order.ts'
import type { Losses } from '../translation/losses.ts'
import { encodeTokens } from '../openai-shared/logprobs.ts'
import { noteCitations, noteFields, noteFinish, noteSeal } from '../openai-shared/simple-losses.ts'
import { encodeResponseCall } from './calls.ts'
import { encodeFinish } from './finish.ts'
import { CLIENT, LABEL, NAME } from './name.ts'
import { asMessage, type ResponseMessage, type ResponseShape } from './response-shape.ts'
import { createdAt, encodeDurations, encodeUsage } from './usage.ts'

/** Encodes the lines of a stream: text as it arrives, calls when they are complete. */
export const createEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder =>
  new Encoder(facts, losses, asMessage)

export class Encoder implements EventEncoder {
  readonly #facts: ResponseFacts
  readonly #losses: Losses
  readonly #shape: ResponseShape
  readonly #inOrder = new InOrder()
  #model: string
  #createdAt: string
  #isOwn = false
  #format: string | undefined
  #open: PartOpening | undefined
  #arguments = ''
  /** Calls whose arguments are not an object: only the end of the stream tells whether it was cut. */
  readonly #broken: ToolCallPart[] = []
  #finish: Finish = { reason: 'other' }
  #extra: object | undefined
  #usage: Usage | undefined
  #firstMs: number | undefined

  constructor(facts: ResponseFacts, losses: Losses, shape: ResponseShape) {
    this.#facts = facts
    this.#losses = losses
    this.#shape = shape
    this.#model = facts.model ?? facts.request.model ?? ''
    this.#createdAt = createdAt(facts.created)
  }

  push(event: ChatEvent): string {
    let text = ''
    for (const each of this.#inOrder.push(event)) text += this.#write(each)
    return text
  }

  /** Throws GatewayError `upstream_malformed` for a call whose arguments are not an object in a response that was not cut. */
  end(): string {
    for (const call of this.#broken) encodeResponseCall(call, this.#finish.reason === 'length', this.#losses)
    return this.#line(
      { content: '' },
      {
        done_reason: encodeFinish(this.#finish, this.#isOwn),
        done: true,
        ...this.#durations(),
        ...encodeUsage(this.#usage),
        ...(this.#isOwn && this.#extra),
      },
    )
  }

  fail({ message }: GatewayError): string {
    return `${JSON.stringify({ error: message })}\n`
  }

  #durations(): object | undefined {
    const totalMs = this.#facts.elapsedMs?.()
    return totalMs === undefined ? undefined : encodeDurations(this.#firstMs ?? totalMs, totalMs)
  }

  #write(event: ChatEvent): string {
    if ('choice' in event && event.choice > 0) return '' // requests for several choices are rejected
    switch (event.type) {
      case 'start':
        return this.#start(event)
      case 'part-start':
        return this.#openPart(event.part)
      case 'part-delta':
        return this.#delta(event.text)
      case 'part-end':
        return this.#close()
      case 'logprobs':
        return this.#line({ content: '' }, { logprobs: encodeTokens(event.tokens), done: false })
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'part-seal':
        noteSeal(event.seal, CLIENT, this.#losses)
        return ''
      case 'part-citation':
        noteCitations(CLIENT, this.#losses)
        return ''
      case 'finish':
        this.#finish = event.finish
        this.#extra = event.extra
        noteFinish(event.finish, CLIENT, this.#losses)
        noteFields(event.extra, this.#format, CLIENT, this.#losses)
        return this.#close()
      default:
        return ''
    }
  }

  #start({ format, model, created, extra }: Extract<ChatEvent, { type: 'start' }>): string {
    this.#isOwn = format === NAME
    this.#format = format
    noteFields(extra, format, CLIENT, this.#losses)
    this.#model = this.#facts.model ?? model ?? this.#model
    if (created !== undefined) this.#createdAt = createdAt(created)
    return ''
  }

  #openPart(part: PartOpening): string {
    this.#firstMs ??= this.#facts.elapsedMs?.()
    this.#open = part
    this.#arguments = ''
    if (part.type === 'media' || part.type === 'native')
      this.#losses.note('message', `removed: ${LABEL} responses cannot contain ${part.kind}`)
    return ''
  }

  #delta(text: string): string {
    if (this.#open?.type === 'tool-call') {
      this.#arguments += text
      return ''
    }
    return this.#line(this.#open?.type === 'reasoning' ? { content: '', thinking: text } : { content: text })
  }

  #close(): string {
    const open = this.#open
    this.#open = undefined
    if (open?.type !== 'tool-call') return ''
    const call = { ...open, arguments: this.#arguments }
    if (parseToolInput(this.#arguments))
      return this.#line({ content: '', tool_calls: encodeResponseCall(call, false, this.#losses) })
    this.#broken.push(call)
    return ''
  }

  #line(message: ResponseMessage, more: object = { done: false }): string {
    return `${JSON.stringify({ model: this.#model, created_at: this.#createdAt, ...this.#shape(message), ...more })}\n`
  }
}
