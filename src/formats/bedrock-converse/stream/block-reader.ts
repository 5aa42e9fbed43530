import type { ChatEvent } from '../../../chat/event.ts'
import type { Seal } from '../../../chat/part.ts'
import { readSeal, readSealBytes } from '../../../chat/seal.ts'
import { GatewayError } from '../../../errors.ts'
import { answerFields, isRecord } from '../../fields/fields.ts'
import { decodeResponseBlock, decodeCitation } from '../content/decode-blocks.ts'
import { GrowingBlock } from './growing-block.ts'
import { CONVERSE } from '../name.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

type Kind = 'text' | 'reasoning' | 'call' | 'other'

interface OpenBlock {
  /** The part's index in the response; for a block of kind `other` it is known when the block is complete. */
  readonly index: number
  readonly kind: Kind
  readonly growing?: GrowingBlock
  signature: string
  readonly hidden: string[]
}

const NOTHING: readonly ChatEvent[] = []

/** Reads the content blocks of a stream as parts. Text and reasoning blocks open with their first delta. */
export class BlockReader {
  readonly #open = new Map<unknown, OpenBlock>()
  #parts = 0

  get hasBlocks(): boolean {
    return this.#parts > 0 || this.#open.size > 0
  }

  /** Ends a block that is still open under the same index. */
  start(at: unknown, start: JsonObject): readonly ChatEvent[] {
    const before = this.stop(at)
    const { toolUse: call } = start
    if (isRecord(call) && (call['type'] === undefined || call['type'] === 'tool_use'))
      return [...before, this.#beginCall(at, call)]
    if (Object.keys(start).length > 0) this.#register(at, 'other', new GrowingBlock(start))
    return before
  }

  delta(at: unknown, delta: JsonObject): readonly ChatEvent[] {
    const { text } = delta
    // Streams end a text with an empty delta. An empty delta alone does not open a text.
    if (text === '') return NOTHING
    if (typeof text === 'string') return this.#append(at, 'text', text)
    const { reasoningContent: reasoning } = delta
    if (isRecord(reasoning)) return this.#reasoning(at, reasoning)
    const { toolUse: call } = delta
    const open = this.#open.get(at)
    if (open?.growing) open.growing.push(delta)
    else if (isRecord(call)) return this.#callDelta(open, call)
    else if (delta['citation'] !== undefined) return this.#citation(at, delta['citation'])
    else if (Object.keys(delta).length > 0 && !open) this.#register(at, 'other', new GrowingBlock(delta, delta))
    return NOTHING
  }

  stop(at: unknown): readonly ChatEvent[] {
    const open = this.#open.get(at)
    if (!open) return NOTHING
    this.#open.delete(at)
    if (open.growing) return this.#whole(open.growing)
    const { index } = open
    const end: ChatEvent = { type: 'part-end', choice: 0, index }
    const seal = sealOf(open)
    return seal ? [{ type: 'part-seal', choice: 0, index, seal }, end] : [end]
  }

  stopAll(): readonly ChatEvent[] {
    return [...this.#open.keys()].flatMap((at) => this.stop(at))
  }

  #reasoning(at: unknown, reasoning: JsonObject): readonly ChatEvent[] {
    const { text, signature, redactedContent } = reasoning
    const events = this.#append(at, 'reasoning', typeof text === 'string' ? text : '')
    const open = this.#open.get(at)
    if (typeof signature === 'string' && open) open.signature += signature
    if (typeof redactedContent === 'string' && open) open.hidden.push(redactedContent)
    return events
  }

  /** Appends text. Another kind under the same index opens another part. */
  #append(at: unknown, kind: 'text' | 'reasoning', text: string): readonly ChatEvent[] {
    const open = this.#open.get(at)
    if (open?.kind === kind) return text === '' ? NOTHING : [{ type: 'part-delta', choice: 0, index: open.index, text }]
    const before = this.stop(at)
    const index = this.#register(at, kind)
    const start: ChatEvent = { type: 'part-start', choice: 0, index, part: { type: kind } }
    return text === '' ? [...before, start] : [...before, start, { type: 'part-delta', choice: 0, index, text }]
  }

  #citation(at: unknown, citation: unknown): readonly ChatEvent[] {
    const events = this.#append(at, 'text', '')
    const { index } = this.#open.get(at)!
    return [...events, { type: 'part-citation', choice: 0, index, citation: decodeCitation(citation) }]
  }

  #beginCall(at: unknown, call: JsonObject): ChatEvent {
    const fields = answerFields(call, 'toolUse')
    fields.any('type')
    const [id, name] = [fields.requiredString('toolUseId'), fields.requiredString('name')]
    if (id === '' || name === '') throw fields.wrong(undefined, 'has no name or no id')
    const index = this.#register(at, 'call')
    return { type: 'part-start', choice: 0, index, part: { type: 'tool-call', id, name, ...fields.extra() } }
  }

  #callDelta(open: OpenBlock | undefined, { input }: JsonObject): readonly ChatEvent[] {
    if (open?.kind !== 'call')
      throw new GatewayError('upstream_malformed', 'The upstream sent arguments for a tool call that it did not start.')
    const text = typeof input === 'string' ? input : JSON.stringify(input ?? '')
    return text === '' || text === '""' ? NOTHING : [{ type: 'part-delta', choice: 0, index: open.index, text }]
  }

  #whole(growing: GrowingBlock): readonly ChatEvent[] {
    const place = { choice: 0, index: this.#parts++ }
    const part = decodeResponseBlock(answerFields(growing.block))
    if (part.type !== 'media' && part.type !== 'native') return NOTHING
    return [
      { type: 'part-start', ...place, part },
      { type: 'part-end', ...place },
    ]
  }

  #register(at: unknown, kind: Kind, growing?: GrowingBlock): number {
    const index = growing ? -1 : this.#parts++
    this.#open.set(at, { index, kind, ...(growing && { growing }), signature: '', hidden: [] })
    return index
  }
}

/** The seal of a block. Hidden reasoning can arrive in pieces, each encoded in base64 separately. */
function sealOf({ signature, hidden }: OpenBlock): Seal | undefined {
  if (signature !== '') return readSeal(signature, CONVERSE)
  if (hidden.length === 0) return undefined
  const data =
    hidden.length === 1
      ? hidden[0]!
      : Buffer.concat(hidden.map((piece) => Buffer.from(piece, 'base64'))).toString('base64')
  return readSealBytes(data, CONVERSE, 'data')
}
