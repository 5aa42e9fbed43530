import type { ChatEvent } from '../../chat/event.ts'
import type { AnswerFacts, EventEncoder } from '../format.ts'
import { InOrder } from '../translation/in-order.ts'
import type { Losses } from '../translation/losses.ts'
import { CandidateWriter } from './candidate-writer.ts'
import { tierOf } from './encode-response.ts'
import { ownExtra } from './answer-extra.ts'
import { envelopeOf } from './encode-error.ts'
import { encodeUsage } from './usage.ts'

type Start = Extract<ChatEvent, { type: 'start' }>
type Chunk = Record<string, unknown>

/** How chunks follow each other on the wire. */
interface Wrapping {
  chunk(body: string, isFirst: boolean): string
  end(isEmpty: boolean): string
}

/** No `[DONE]` and no comments: Google's clients take either for an answer. */
const EVENTS: Wrapping = { chunk: (body) => `data: ${body}\r\n\r\n`, end: () => '' }

/** One list over the whole stream, for clients that did not ask for `alt=sse`. */
const LIST: Wrapping = {
  chunk: (body, isFirst) => `${isFirst ? '[' : ',\r\n'}${body}`,
  end: (isEmpty) => (isEmpty ? '[]' : ']'),
}

export const createEncoder = (facts: AnswerFacts, losses: Losses): EventEncoder => new Encoder(facts, losses, EVENTS)
export const createListEncoder = (facts: AnswerFacts, losses: Losses): EventEncoder => new Encoder(facts, losses, LIST)

class Encoder implements EventEncoder {
  readonly #facts: AnswerFacts
  readonly #losses: Losses
  readonly #wrapping: Wrapping
  readonly #order = new InOrder()
  readonly #candidates: CandidateWriter[] = []
  #start: Start = { type: 'start' }
  /** What every chunk ends with. */
  #tail: Chunk
  #isFirst = true

  constructor(facts: AnswerFacts, losses: Losses, wrapping: Wrapping) {
    this.#facts = facts
    this.#losses = losses
    this.#wrapping = wrapping
    this.#tail = this.#tailOf({ type: 'start' })
  }

  push(event: ChatEvent): string {
    if (event.type === 'start') {
      this.#start = event
      this.#tail = this.#tailOf(event)
      return ''
    }
    if (event.type === 'usage') {
      this.#tail = { ...this.#tail, usageMetadata: { ...tierOf(this.#start.tier), ...encodeUsage(event.usage) } }
      return ''
    }
    if (event.type === 'error') return ''
    let text = ''
    for (const ordered of this.#order.push(event)) text += this.#pushOrdered(ordered)
    return text
  }

  end(): string {
    const isBlocked =
      this.#start.extra?.['promptFeedback'] !== undefined && this.#candidates.every((one) => one.isEmpty)
    if (isBlocked && this.#start.format === 'gemini') return this.#write({ ...this.#tail }) + this.#wrapping.end(false)
    let text = ''
    for (const candidate of this.#candidates)
      if (candidate) text += this.#write({ candidates: [candidate.last()], ...this.#tail })
    return text + this.#wrapping.end(this.#isFirst)
  }

  fail(error: Parameters<EventEncoder['fail']>[0]): string {
    return this.#write(envelopeOf(error)) + this.#wrapping.end(false)
  }

  #pushOrdered(event: ChatEvent): string {
    if (!('choice' in event)) return ''
    const candidate = (this.#candidates[event.choice] ??= new CandidateWriter(
      event.choice,
      this.#start.format,
      this.#losses,
    ))
    const chunk = candidate.push(event)
    return chunk ? this.#write({ candidates: [chunk], ...this.#tail }) : ''
  }

  #write(chunk: Chunk): string {
    const text = this.#wrapping.chunk(JSON.stringify(chunk), this.#isFirst)
    this.#isFirst = false
    return text
  }

  #tailOf({ id, model, extra, format }: Start): Chunk {
    return {
      modelVersion: this.#facts.model ?? model ?? this.#facts.request.model ?? '',
      responseId: id ?? this.#facts.id,
      ...ownExtra(extra, format, this.#losses),
    }
  }
}
