import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import type { GatewayError } from '../../errors.ts'
import type { Usage } from '../../chat/usage.ts'
import type { ResponseFacts, EventEncoder } from '../format.ts'
import { sseFrame } from '../../codecs/framing/sse.ts'
import { InOrder } from '../translation/in-order.ts'
import type { Losses } from '../translation/losses.ts'
import { encodeCitation } from './citations.ts'
import { encodeFinish } from './finish.ts'
import { LABEL, NAME } from './name.ts'
import { encodeUsage } from './usage.ts'

/** Encodes a stream of Cohere's events, with one part open at a time. */
export const createEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder => new Encoder(facts, losses)

/** An open part by its names in the events. */
interface Open {
  readonly kind: 'content' | 'tool-call'
  readonly field: 'text' | 'thinking' | 'arguments'
  readonly index: number
}

class Encoder implements EventEncoder {
  readonly #facts: ResponseFacts
  readonly #losses: Losses
  readonly #inOrder = new InOrder()
  #open: Open | undefined
  #contents = 0
  #calls = 0
  #citations = 0
  #finish = 'COMPLETE'
  #usage: Usage | undefined
  #isOwn = false

  constructor(facts: ResponseFacts, losses: Losses) {
    this.#facts = facts
    this.#losses = losses
  }

  push(event: ChatEvent): string {
    let text = ''
    for (const each of this.#inOrder.push(event)) text += this.#write(each)
    return text
  }

  end(): string {
    const usage = this.#usage && { usage: encodeUsage(this.#usage, this.#isOwn) }
    return `${frame('message-end', { delta: { finish_reason: this.#finish, ...usage } })}data: [DONE]\n\n`
  }

  fail({ message }: GatewayError): string {
    return `${frame('message-end', { delta: { error: message, finish_reason: 'ERROR' } })}data: [DONE]\n\n`
  }

  #write(event: ChatEvent): string {
    if ('choice' in event && event.choice > 0) return '' // requests for several choices are rejected
    switch (event.type) {
      case 'start':
        return this.#start(event)
      case 'part-start':
        return this.#openPart(event.part)
      case 'part-delta':
        return this.#open ? this.#delta(this.#open, event.text) : ''
      case 'part-citation':
        return this.#cite(encodeCitation(event.citation))
      case 'part-end':
        return this.#close()
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'finish':
        this.#finish = encodeFinish(event.finish, this.#calls > 0)
        return this.#close()
      default:
        return ''
    }
  }

  #start({ format, id }: Extract<ChatEvent, { type: 'start' }>): string {
    this.#isOwn = format === NAME
    const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
    return frame('message-start', { id: (this.#isOwn && id) || this.#facts.id, delta: { message } })
  }

  #openPart(part: PartOpening): string {
    if (part.type === 'media' || part.type === 'native') {
      this.#losses.note('content', `removed: ${LABEL} responses cannot contain ${part.kind}`)
      return ''
    }
    if (part.type === 'tool-call') {
      const { id, name } = part
      this.#open = { kind: 'tool-call', field: 'arguments', index: this.#calls++ }
      const call = { id, type: 'function', function: { name, arguments: '' } }
      return this.#frame('start', { tool_calls: call })
    }
    const field = part.type === 'reasoning' ? 'thinking' : 'text'
    this.#open = { kind: 'content', field, index: this.#contents++ }
    return this.#frame('start', { content: { type: field, [field]: '' } })
  }

  #delta({ kind, field }: Open, text: string): string {
    return this.#frame(
      'delta',
      kind === 'content' ? { content: { [field]: text } } : { tool_calls: { function: { [field]: text } } },
    )
  }

  #cite(citation: object): string {
    const index = this.#citations++
    return (
      frame('citation-start', { index, delta: { message: { citations: citation } } }) + frame('citation-end', { index })
    )
  }

  #close(): string {
    if (!this.#open) return ''
    const closing = this.#frame('end')
    this.#open = undefined
    return closing
  }

  #frame(step: 'start' | 'delta' | 'end', message?: object): string {
    const { kind, index } = this.#open!
    return frame(`${kind}-${step}`, { index, ...(message && { delta: { message } }) })
  }
}

const frame = (type: string, fields: object): string => sseFrame(JSON.stringify({ type, ...fields }), type)
