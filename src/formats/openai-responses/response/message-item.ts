import type { PartOpening } from '../../../chat/event.ts'
import type { Citation, Seal } from '../../../chat/part.ts'
import type { TokenLogprob } from '../../../chat/response.ts'
import { encodeLogprobs } from '../../openai-shared/logprobs.ts'
import { hasRange } from '../../translation/citation-range.ts'
import { encodeCitation } from '../content/citations.ts'
import {
  announce,
  finishItem,
  type ItemStatus,
  type OpenItem,
  type PartEvent,
  placeOf,
  type Slot,
} from './open-item.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

interface OpenPart {
  readonly type: 'text' | 'refusal'
  /** The leading fields of all its events. */
  readonly place: string
  text: string
  readonly annotations: object[]
  /** Citations of the whole text, which are written when it has ended. */
  readonly citations: Citation[]
  readonly logprobs: object[]
}

/** A message of adjacent texts and refusals. */
export class MessageItem implements OpenItem {
  readonly #slot: Slot
  readonly #content: JsonObject[] = []
  #part: OpenPart | undefined
  /** Log probabilities received since the last delta. */
  #pending: object[] = []
  /** Gemini signs texts too. A message has no field for it, so it is written as reasoning without text after it. */
  seal: Seal | undefined

  constructor(slot: Slot) {
    this.#slot = slot
    announce(slot, { id: slot.id, type: 'message', status: 'in_progress', content: [], role: 'assistant' })
  }

  takes({ type }: PartOpening): boolean {
    return type === 'text' || type === 'refusal'
  }

  start({ type }: PartOpening): void {
    this.#end()
    const place = `${placeOf(this.#slot)}"content_index":${this.#content.length},`
    this.#part = { type: type as OpenPart['type'], place, text: '', annotations: [], citations: [], logprobs: [] }
    this.#emit('content_part.added', `"part":${JSON.stringify(partOf(this.#part))}`)
  }

  push(event: Exclude<PartEvent, { type: 'part-start' }>): void {
    switch (event.type) {
      case 'part-delta':
        return this.#pushText(event.text)
      case 'part-citation':
        if (hasRange(event.citation)) return this.#cite(event.citation)
        this.#part?.citations.push(event.citation)
        return
      case 'part-end':
        return this.#end()
      case 'part-seal':
        this.seal = event.seal
    }
  }

  /** Log probabilities of a text that has already ended are added to it. */
  addLogprobs(tokens: readonly TokenLogprob[]): void {
    const { content } = encodeLogprobs(tokens.map(withBytes)) as { content: object[] }
    if (this.#part) {
      this.#part.logprobs.push(...content)
      this.#pending.push(...content)
    } else (this.#content.at(-1)?.['logprobs'] as object[] | undefined)?.push(...content)
  }

  close(status: ItemStatus): JsonObject {
    this.#end()
    const { id } = this.#slot
    return finishItem(this.#slot, { id, type: 'message', status, content: this.#content, role: 'assistant' })
  }

  #pushText(text: string): void {
    const part = this.#part
    if (!part) return
    part.text += text
    const delta = `"delta":${JSON.stringify(text)}`
    if (part.type === 'refusal') return this.#emit('refusal.delta', delta)
    this.#emit('output_text.delta', `${delta},"logprobs":${JSON.stringify(this.#pending)}`)
    if (this.#pending.length > 0) this.#pending = []
  }

  #cite(citation: Citation): void {
    const part = this.#part
    const annotation = part && encodeCitation(citation, part.text.length, this.#slot.losses)
    if (!annotation) return
    const place = `"annotation_index":${part.annotations.length},"annotation":${JSON.stringify(annotation)}`
    part.annotations.push(annotation)
    this.#emit('output_text.annotation.added', place)
  }

  #end(): void {
    const part = this.#part
    if (!part) return
    for (const citation of part.citations) this.#cite(citation)
    const text = JSON.stringify(part.text)
    const done = partOf(part)
    if (part.type === 'refusal') this.#emit('refusal.done', `"refusal":${text}`)
    else this.#emit('output_text.done', `"text":${text},"logprobs":${JSON.stringify(part.logprobs)}`)
    this.#emit('content_part.done', `"part":${JSON.stringify(done)}`)
    this.#content.push(done)
    this.#part = undefined
    this.#pending = []
  }

  #emit(type: string, fields: string): void {
    this.#slot.emit(`response.${type}`, this.#part!.place + fields)
  }
}

const partOf = ({ type, text, annotations, logprobs }: OpenPart): JsonObject =>
  type === 'refusal' ? { type, refusal: text } : { type: 'output_text', annotations, logprobs, text }

/** In this format every token has bytes; they are unknown for a token that is not a complete character. */
const withBytes = ({ top, ...token }: TokenLogprob): TokenLogprob => ({
  ...token,
  bytes: bytesOf(token),
  top: top.map((other) => ({ ...other, bytes: bytesOf(other) })),
})

const bytesOf = ({ token, bytes }: Omit<TokenLogprob, 'top'>): readonly number[] =>
  bytes ?? (token.includes('\uFFFD') ? [] : [...Buffer.from(token)])
