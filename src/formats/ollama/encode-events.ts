import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import type { Finish } from '../../chat/finish.ts'
import type { Usage } from '../../chat/usage.ts'
import type { GatewayError } from '../../errors.ts'
import type { ResponseFacts, EventEncoder } from '../format.ts'
import { InOrder } from '../translation/in-order.ts'
import type { Losses } from '../translation/losses.ts'
import { encodeResponseCall } from './calls.ts'
import { encodeFinish } from './finish.ts'
import { LABEL, NAME } from './name.ts'
import { createdAt, encodeUsage } from './usage.ts'

/** Encodes the lines of a stream: text as it arrives, calls when they are complete. */
export const createEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder => new Encoder(facts, losses)

class Encoder implements EventEncoder {
  readonly #facts: ResponseFacts
  readonly #losses: Losses
  readonly #inOrder = new InOrder()
  #model: string
  #createdAt: string
  #isOwn = false
  #open: PartOpening | undefined
  #arguments = ''
  #finish: Finish = { reason: 'other' }
  #extra: object | undefined
  #usage: Usage | undefined

  constructor(facts: ResponseFacts, losses: Losses) {
    this.#facts = facts
    this.#losses = losses
    this.#model = facts.model ?? facts.request.model ?? ''
    this.#createdAt = createdAt(facts.created)
  }

  push(event: ChatEvent): string {
    let text = ''
    for (const each of this.#inOrder.push(event)) text += this.#write(each)
    return text
  }

  end(): string {
    const done = { done_reason: encodeFinish(this.#finish, this.#isOwn), done: true }
    return this.#line({ content: '' }, { ...done, ...encodeUsage(this.#usage), ...(this.#isOwn && this.#extra) })
  }

  fail({ message }: GatewayError): string {
    return `${JSON.stringify({ error: message })}\n`
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
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'finish':
        this.#finish = event.finish
        this.#extra = event.extra
        return ''
      default:
        return ''
    }
  }

  #start({ format, model, created }: Extract<ChatEvent, { type: 'start' }>): string {
    this.#isOwn = format === NAME
    this.#model = this.#facts.model ?? model ?? this.#model
    if (created !== undefined) this.#createdAt = createdAt(created)
    return ''
  }

  #openPart(part: PartOpening): string {
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
    const call = { ...open, arguments: this.#arguments.trim() === '' ? '{}' : this.#arguments }
    return this.#line({ content: '', tool_calls: [encodeResponseCall(call)] })
  }

  #line(fields: object, more: object = { done: false }): string {
    const message = { role: 'assistant', ...fields }
    return `${JSON.stringify({ model: this.#model, created_at: this.#createdAt, message, ...more })}\n`
  }
}
