import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import type { Citation, Seal } from '../../../chat/part.ts'
import { sealText, UNSIGNED } from '../../../chat/seal.ts'
import type { Losses } from '../../translation/losses.ts'
import { notePartExtra } from '../../translation/response-extras.ts'
import { encodeCitation } from '../content/citations.ts'
import { encodeReasoning, NO_SUCH_FIELD, noteSeal, sealBlock, TEXTLESS } from '../response/encode-response-part.ts'
import { ANTHROPIC } from '../../claude/name.ts'

type PartEvent = Extract<ChatEvent, { index: number }>

/** One event in SSE framing. The event's name is its type. */
export const eventText = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

/** Writes parts, which arrive one after the other, as content blocks. A block opens with its first content. */
export class BlockWriter {
  readonly #losses: Losses
  /** Of the open block, or of the next one. */
  #index = 0
  #isOpen = false
  #part: PartOpening = { type: 'text' }
  #seal: Seal | undefined
  /** Citations that arrived before their text. */
  #pending: Citation[] = []
  /** The parts were read from the Anthropic format. */
  isOwn = false
  hasCalls = false
  hasRefusal = false

  constructor(losses: Losses) {
    this.#losses = losses
  }

  push(event: PartEvent): string {
    switch (event.type) {
      case 'part-delta':
        return this.#open() + this.#delta(event.text) + this.#writePending()
      case 'part-start':
        return this.close() + this.#start(event.part)
      case 'part-seal':
        return this.#writeSeal(event.seal)
      case 'part-citation':
        if (this.isOwn || this.#isOpen) return this.#writeCitation(event.citation)
        this.#pending.push(event.citation)
        return ''
      case 'part-end':
        return this.#end()
    }
  }

  /** Ends the block that is open, if one is. */
  close(): string {
    if (!this.#isOpen) return ''
    this.#isOpen = false
    return eventText('content_block_stop', { index: this.#index++ })
  }

  #start(part: PartOpening): string {
    this.#part = part
    this.#seal = undefined
    this.#pending = []
    if (part.type === 'tool-call') {
      this.hasCalls = true
      if (!this.isOwn) notePartExtra(part.extra, `content[${this.#index}]`, NO_SUCH_FIELD, this.#losses)
    } else if (part.type === 'refusal') this.hasRefusal = true
    else if (part.type === 'native' || part.type === 'media') return this.#whole(part)
    return ''
  }

  #whole(part: Extract<PartOpening, { type: 'native' | 'media' }>): string {
    if (part.type === 'native' && part.format === ANTHROPIC) return this.#begin(part.value as object) + this.close()
    const kind = part.kind
    this.#losses.note(`content[${this.#index}]`, `removed: Anthropic responses have no equivalent of ${kind}`)
    return ''
  }

  #open(): string {
    if (this.#isOpen) return ''
    const part = this.#part
    switch (part.type) {
      case 'tool-call':
        return (
          this.#begin({ type: 'tool_use', id: part.id, name: part.name, input: {}, ...(this.isOwn && part.extra) }) +
          this.#delta('')
        )
      case 'reasoning':
        return this.#begin({ type: 'thinking', thinking: '', signature: '' })
      default:
        return this.#begin({ type: 'text', text: '' })
    }
  }

  #begin(block: object): string {
    this.#isOpen = true
    return eventText('content_block_start', { index: this.#index, content_block: block })
  }

  /** Built by hand, because it is by far the most frequent event. */
  #delta(text: string): string {
    const [type, key] = DELTAS[this.#part.type] ?? DELTAS['text']!
    return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index},"delta":{"type":"${type}","${key}":${JSON.stringify(text)}}}\n\n`
  }

  /** The seal of a tool call precedes it, that of a thinking block ends it, and that of a text cannot be expressed. */
  #writeSeal(seal: Seal): string {
    if (this.#part.type === 'reasoning') this.#seal = seal
    else if (this.#part.type === 'tool-call' && !this.#isOpen) return this.#sealBefore(seal)
    else noteSeal(seal, `content[${this.#index}]`, this.#losses)
    return ''
  }

  #sealBefore(seal: Seal): string {
    const { signature, ...block } = sealBlock(seal) as { signature: string }
    return this.#begin({ ...block, signature: '' }) + this.#signature(signature) + this.close()
  }

  #signature(signature: string): string {
    return eventText('content_block_delta', { index: this.#index, delta: { type: 'signature_delta', signature } })
  }

  #writePending(): string {
    if (this.#pending.length === 0) return ''
    return this.#pending
      .splice(0)
      .map((citation) => this.#writeCitation(citation))
      .join('')
  }

  #writeCitation(given: Citation): string {
    const citation = encodeCitation(given, `content[${this.#index}]`, this.#losses)
    if (!citation) return ''
    const delta = { type: 'citations_delta', citation }
    return this.#open() + eventText('content_block_delta', { index: this.#index, delta })
  }

  #end(): string {
    if (this.#part.type === 'tool-call') return this.#open() + this.close()
    if (this.#part.type === 'reasoning') return this.#endThinking(this.#seal)
    if (this.#pending.length > 0) this.#losses.note(`content[${this.#index}].citations`, TEXTLESS)
    return this.close()
  }

  #endThinking(seal: Seal | undefined): string {
    if (this.#isOpen) return this.#signature(sealText(seal ?? UNSIGNED, ANTHROPIC)) + this.close()
    const [block] = encodeReasoning({ text: '', ...(seal && { seal }) })
    if (!block) return ''
    if (block['type'] === 'redacted_thinking') return this.#begin(block) + this.close()
    return this.#begin({ ...block, signature: '' }) + this.#signature(String(block['signature'])) + this.close()
  }
}

const DELTAS: Readonly<Record<string, readonly [type: string, key: string]>> = {
  text: ['text_delta', 'text'],
  reasoning: ['thinking_delta', 'thinking'],
  'tool-call': ['input_json_delta', 'partial_json'],
}
