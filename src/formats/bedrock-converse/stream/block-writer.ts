import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import type { Seal } from '../../../chat/part.ts'
import type { ResponsePart } from '../../../chat/response.ts'
import { isRecord } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'
import { notePartExtra } from '../../translation/response-extras.ts'
import { encodeResponsePart, NO_SUCH_FIELD, withWrappedSeal } from '../response/encode-response-part.ts'
import { CONVERSE } from '../name.ts'

type PartEvent = Extract<ChatEvent, { index: number }>

/** Writes an event of a stream. */
export type EmitEvent = (name: string, event: object) => void

/** Writes parts, which arrive one after the other, as content blocks. A block begins with its first content. */
export class BlockWriter {
  readonly #emit: EmitEvent
  readonly #losses: Losses
  /** Of the open block, or of the next one. */
  #index = 0
  #isOpen = false
  #part: PartOpening = { type: 'text' }
  #seal: Seal | undefined
  #hasText = false
  /** The parts were read from the Converse format. */
  isOwn = false
  hasCalls = false

  constructor(emit: EmitEvent, losses: Losses) {
    this.#emit = emit
    this.#losses = losses
  }

  push(event: PartEvent): void {
    switch (event.type) {
      case 'part-delta':
        this.#open()
        this.#hasText = true
        return this.#delta(this.#deltaOf(event.text))
      case 'part-start':
        this.close()
        return this.#start(event.part)
      case 'part-seal':
        this.#seal = { ...this.#seal, ...event.seal }
        return
      case 'part-citation':
        return this.#writeCitation(event.citation.native)
      case 'part-end':
        return this.#end()
    }
  }

  /** Ends the block that is open, if one is. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#emit('contentBlockStop', { contentBlockIndex: this.#index++ })
  }

  #start(part: PartOpening): void {
    this.#part = part
    this.#seal = undefined
    this.#hasText = false
    if (part.type === 'tool-call') {
      this.hasCalls = true
      if (!this.isOwn) notePartExtra(part.extra, `content[${this.#index}]`, NO_SUCH_FIELD, this.#losses)
      this.#open()
    } else if (part.type === 'native' || part.type === 'media') this.#whole(part)
  }

  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    const part = this.#part
    if (part.type !== 'tool-call') return
    const toolUse = { toolUseId: part.id, name: part.name, ...(this.isOwn && part.extra) }
    this.#emit('contentBlockStart', { contentBlockIndex: this.#index, start: { toolUse } })
  }

  #delta(delta: object): void {
    this.#emit('contentBlockDelta', { contentBlockIndex: this.#index, delta })
  }

  #deltaOf(text: string): object {
    if (this.#part.type === 'tool-call') return { toolUse: { input: text } }
    return this.#part.type === 'reasoning' ? { reasoningContent: { text } } : { text }
  }

  #writeCitation({ format, value }: { readonly format: string; readonly value: unknown }): void {
    if (format !== CONVERSE) return this.#losses.note(`content[${this.#index}].citations`, NO_SUCH_FIELD)
    this.#open()
    this.#delta({ citation: value })
  }

  #end(): void {
    if (this.#seal && this.#part.type === 'reasoning') this.#writeSeal(this.#seal)
    else if (this.#seal)
      this.#losses.note(
        `content[${this.#index}]: signature`,
        `removed: only ${this.#seal.origin} can read its signatures`,
      )
    this.close()
  }

  /** Writes the seal of reasoning. Reasoning without text is hidden. */
  #writeSeal(given: Seal): void {
    const { seal } = withWrappedSeal({ type: 'reasoning', text: this.#hasText ? ' ' : '', seal: given })
    const { signature, data } = seal!
    this.#open()
    this.#delta({ reasoningContent: signature === undefined ? { redactedContent: data } : { signature } })
  }

  /** Writes a complete part: its kind starts the block, and the rest is one delta. */
  #whole(part: Extract<PartOpening, { type: 'native' | 'media' }>): void {
    const path = `content[${this.#index}]`
    const context = { isOwn: this.isOwn, isCut: false, losses: this.#losses }
    const [block] = encodeResponsePart(part as ResponsePart, path, context)
    const [kind, inner] = Object.entries(block ?? {}).find(([, value]) => isRecord(value)) ?? []
    if (kind === undefined) return
    const pieces = piecesOf(kind, inner as Record<string, unknown>)
    if (!pieces) return this.#losses.note(path, `removed: Converse streams cannot contain ${kind} blocks`)
    this.#isOpen = true
    this.#emit('contentBlockStart', { contentBlockIndex: this.#index, start: { [kind]: pieces.start } })
    this.#delta({ [kind]: pieces.delta })
    this.close()
  }
}

/** The start and the delta of a block. Undefined: streams have no blocks of this kind. */
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
