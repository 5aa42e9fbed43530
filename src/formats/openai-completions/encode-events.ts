import type { ChatEvent } from '../../chat/event.ts'
import type { Usage } from '../../chat/usage.ts'
import { sseFrame } from '../../codecs/framing/sse.ts'
import type { GatewayError } from '../../errors.ts'
import type { EventEncoder, ResponseFacts } from '../format.ts'
import { encodeErrorEvent } from '../openai-shared/encode-error.ts'
import { encodeUsage } from '../openai-shared/usage.ts'
import type { Losses } from '../translation/losses.ts'
import { choiceOf, encodeReason, headOf, noteLeftOut } from './encode-response.ts'

/**
 * Encodes a stream of text: chunks with the next text, then one with the finish reason for each choice, then the usage
 * if it was requested, then `[DONE]`.
 */
export const createEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder => new Encoder(facts, losses)

class Encoder implements EventEncoder {
  readonly #facts: ResponseFacts
  readonly #losses: Losses
  /** The open parts with text, as `choice index`. */
  readonly #texts = new Set<string>()
  #head: object | undefined
  #usage: Usage | undefined

  constructor(facts: ResponseFacts, losses: Losses) {
    this.#facts = facts
    this.#losses = losses
  }

  push(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        this.#head = headOf(event, this.#facts)
        return ''
      case 'part-start':
        return this.#open(event)
      case 'part-delta':
        return this.#texts.has(`${event.choice} ${event.index}`)
          ? this.#chunk([choiceOf(event.choice, event.text, null)])
          : ''
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'finish':
        return this.#chunk([choiceOf(event.choice, '', encodeReason(event.finish.reason))])
      default:
        return ''
    }
  }

  end(): string {
    const { wantsUsage } = this.#facts.request
    const usage = wantsUsage && this.#usage ? this.#chunk([], { usage: encodeUsage(this.#usage, false) }) : ''
    return `${usage}data: [DONE]\n\n`
  }

  fail(error: GatewayError): string {
    return encodeErrorEvent(error)
  }

  #open({ choice, index, part }: Extract<ChatEvent, { type: 'part-start' }>): string {
    if (part.type === 'text' || part.type === 'refusal') this.#texts.add(`${choice} ${index}`)
    else noteLeftOut(part.type, this.#losses)
    return ''
  }

  /** With requested usage, all chunks but the last have a null in its place. */
  #chunk(choices: readonly object[], more: object = this.#facts.request.wantsUsage ? { usage: null } : {}): string {
    this.#head ??= headOf({}, this.#facts)
    return sseFrame(JSON.stringify({ ...this.#head, choices, ...more }))
  }
}
