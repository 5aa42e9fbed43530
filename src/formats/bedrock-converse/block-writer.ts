import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import type { Seal } from '../../chat/part.ts'
import type { AnswerPart } from '../../chat/response.ts'
import { isRecord } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
import { encodeAnswerPart, LACKS, withWrappedSeal } from './encode-answer.ts'
import { CONVERSE } from './name.ts'

type PartEvent = Extract<ChatEvent, { index: number }>

/** Says an event of a stream: its name, and what stands in it. */
export type Say = (name: string, event: object) => void

/** Writes parts, which come one after the other, as content blocks. A block begins when there is something to put in it. */
export class BlockWriter {
  readonly #say: Say
  readonly #losses: Losses
  /** Of the block that is open, or comes next. */
  #index = 0
  #isOpen = false
  #part: PartOpening = { type: 'text' }
  #seal: Seal | undefined
  #text = false
  /** The parts were read from this language. */
  isOwn = false
  hasCalls = false

  constructor(say: Say, losses: Losses) {
    this.#say = say
    this.#losses = losses
  }

  push(event: PartEvent): void {
    switch (event.type) {
      case 'part-delta':
        this.#open()
        this.#text = true
        return this.#delta(this.#deltaOf(event.text))
      case 'part-start':
        this.close()
        return this.#start(event.part)
      case 'part-seal':
        this.#seal = { ...this.#seal, ...event.seal }
        return
      case 'part-citation':
        return this.#cite(event.citation.native)
      case 'part-end':
        return this.#end()
    }
  }

  /** Ends the block that is open, if one is. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#say('contentBlockStop', { contentBlockIndex: this.#index++ })
  }

  #start(part: PartOpening): void {
    this.#part = part
    this.#seal = undefined
    this.#text = false
    if (part.type === 'tool-call') {
      this.hasCalls = true
      if (!this.isOwn) for (const key in part.extra) this.#losses.note(`content[${this.#index}].${key}`, LACKS)
      this.#open()
    } else if (part.type === 'native' || part.type === 'media') this.#whole(part)
  }

  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    const part = this.#part
    if (part.type !== 'tool-call') return
    const toolUse = { toolUseId: part.id, name: part.name, ...(this.isOwn && part.extra) }
    this.#say('contentBlockStart', { contentBlockIndex: this.#index, start: { toolUse } })
  }

  #delta(delta: object): void {
    this.#say('contentBlockDelta', { contentBlockIndex: this.#index, delta })
  }

  #deltaOf(text: string): object {
    if (this.#part.type === 'tool-call') return { toolUse: { input: text } }
    return this.#part.type === 'reasoning' ? { reasoningContent: { text } } : { text }
  }

  #cite({ format, value }: { readonly format: string; readonly value: unknown }): void {
    if (format !== CONVERSE) return this.#losses.note(`content[${this.#index}].citations`, LACKS)
    this.#open()
    this.#delta({ citation: value })
  }

  #end(): void {
    if (this.#seal && this.#part.type === 'reasoning') this.#sealed(this.#seal)
    else if (this.#seal)
      this.#losses.note(`content[${this.#index}]: signature`, `removed: only ${this.#seal.origin} can read its own`)
    this.close()
  }

  /** Reasoning without a word of text is hidden. */
  #sealed(given: Seal): void {
    const { seal } = withWrappedSeal({ type: 'reasoning', text: this.#text ? ' ' : '', seal: given })
    const { signature, data } = seal!
    this.#open()
    this.#delta({ reasoningContent: signature === undefined ? { redactedContent: data } : { signature } })
  }

  /** A part that came whole: its kind begins the block, and the rest is one piece. */
  #whole(part: Extract<PartOpening, { type: 'native' | 'media' }>): void {
    const path = `content[${this.#index}]`
    const context = { isOwn: this.isOwn, isCut: false, losses: this.#losses }
    const [block] = encodeAnswerPart(part as AnswerPart, path, context)
    const [kind, inner] = Object.entries(block ?? {}).find(([, value]) => isRecord(value)) ?? []
    if (kind === undefined) return
    const pieces = piecesOf(kind, inner as Record<string, unknown>)
    if (!pieces) return this.#losses.note(path, `removed: a stream holds no ${kind} there`)
    this.#isOpen = true
    this.#say('contentBlockStart', { contentBlockIndex: this.#index, start: { [kind]: pieces.start } })
    this.#delta({ [kind]: pieces.delta })
    this.close()
  }
}

/** What begins the block of a kind, and what comes after; undefined for one that no stream has. */
function piecesOf(
  kind: string,
  inner: Readonly<Record<string, unknown>>,
): { start: object; delta: unknown } | undefined {
  const { input, content, source, ...start } = inner
  switch (kind) {
    case 'toolUse':
      return { start, delta: { input: JSON.stringify(input ?? {}) } }
    case 'toolResult':
      return { start, delta: content ?? [] }
    case 'image':
      return { start, delta: { source } }
    default:
      return undefined
  }
}
