import type { ChatEvent } from '../../../chat/event.ts'
import type { ResponseFacts, EventEncoder } from '../../format.ts'
import { InOrder } from '../../translation/in-order.ts'
import type { Losses } from '../../translation/losses.ts'
import { CandidateWriter } from './candidate-writer.ts'
import { tierOf } from '../response/encode-response.ts'
import { ownExtra } from '../response/response-extra.ts'
import { envelopeOf } from '../response/encode-error.ts'
import { encodeUsage } from '../response/usage.ts'

type Start = Extract<ChatEvent, { type: 'start' }>
type Chunk = Record<string, unknown>

/** The framing of chunks. */
interface Framing {
  chunk(body: string, isFirst: boolean): string
  end(isEmpty: boolean): string
}

/** Without `[DONE]` and comments, because Google's clients try to parse them as chunks. */
const EVENTS: Framing = { chunk: (body) => `data: ${body}\r\n\r\n`, end: () => '' }

/** The whole stream as one list, for clients that do not request `alt=sse`. */
const LIST: Framing = {
  chunk: (body, isFirst) => `${isFirst ? '[' : ',\r\n'}${body}`,
  end: (isEmpty) => (isEmpty ? '[]' : ']'),
}

export const createEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder => new Encoder(facts, losses, EVENTS)
export const createListEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder =>
  new Encoder(facts, losses, LIST)

class Encoder implements EventEncoder {
  readonly #facts: ResponseFacts
  readonly #losses: Losses
  readonly #framing: Framing
  readonly #order = new InOrder()
  readonly #candidates: CandidateWriter[] = []
  #start: Start = { type: 'start' }
  /** The last fields of every chunk. */
  #tail: Chunk
  #isFirst = true

  constructor(facts: ResponseFacts, losses: Losses, framing: Framing) {
    this.#facts = facts
    this.#losses = losses
    this.#framing = framing
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
    if (isBlocked && this.#start.format === 'gemini') return this.#write({ ...this.#tail }) + this.#framing.end(false)
    let text = ''
    for (const candidate of this.#candidates)
      if (candidate) text += this.#write({ candidates: [candidate.last()], ...this.#tail })
    return text + this.#framing.end(this.#isFirst)
  }

  fail(error: Parameters<EventEncoder['fail']>[0]): string {
    return this.#write(envelopeOf(error)) + this.#framing.end(false)
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
    const text = this.#framing.chunk(JSON.stringify(chunk), this.#isFirst)
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
