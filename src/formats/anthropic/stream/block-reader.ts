import type { ChatEvent } from '../../../chat/event.ts'
import { readSeal } from '../../../chat/seal.ts'
import { GatewayError } from '../../../errors.ts'
import { answerFields } from '../../fields/fields.ts'
import { decodeCitation } from '../content/citations.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import { NativeBlock } from './native-block.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

interface OpenBlock {
  /** The part's index in the response; for a native block it is known when the block is complete. */
  readonly index: number
  readonly kind: string
  readonly native?: NativeBlock
  /** The input in the block's start event. Some tool calls have their complete input there. */
  readonly input?: JsonObject | undefined
  hasText: boolean
  signature: string
}

const NOTHING: readonly ChatEvent[] = []

/** Reads the content blocks of a stream as parts. Blocks are identified by their index in the stream. */
export class BlockReader {
  readonly #open = new Map<unknown, OpenBlock>()
  #parts = 0

  /** Ends a block that is still open under the same index. */
  start(at: unknown, block: JsonObject): ChatEvent[] {
    const events = [...this.stop(at)]
    const kind = String(block['type'])
    switch (kind) {
      case 'text':
        events.push(this.#begin(at, { kind }))
        events.push(...this.delta(at, { type: 'text_delta', text: block['text'] }))
        for (const citation of listAt(block, 'citations'))
          events.push(...this.delta(at, { type: 'citations_delta', citation }))
        return events
      case 'thinking':
        events.push(this.#begin(at, { kind }))
        events.push(...this.delta(at, { type: 'thinking_delta', thinking: block['thinking'] }))
        events.push(...this.delta(at, { type: 'signature_delta', signature: block['signature'] }))
        return events
      case 'redacted_thinking':
        return [...events, ...this.#redacted(at, block)]
      case 'tool_use':
        return [...events, this.#beginCall(at, block)]
      default:
        this.#open.set(at, { index: -1, kind, native: new NativeBlock(block), hasText: false, signature: '' })
        return events
    }
  }

  delta(at: unknown, delta: JsonObject): readonly ChatEvent[] {
    const open = this.#open.get(at)
    if (!open) return this.#deltaWithoutStart(at, delta)
    if (open.native) {
      open.native.push(delta)
      return NOTHING
    }
    switch (delta['type']) {
      case 'text_delta':
        return textDelta(open, delta['text'])
      case 'input_json_delta':
        return textDelta(open, delta['partial_json'])
      case 'thinking_delta':
        return textDelta(open, delta['thinking'])
      case 'signature_delta':
        if (typeof delta['signature'] === 'string') open.signature += delta['signature']
        return NOTHING
      case 'citations_delta':
        return [{ type: 'part-citation', choice: 0, index: open.index, citation: decodeCitation(delta['citation']) }]
      default:
        return NOTHING
    }
  }

  stop(at: unknown): readonly ChatEvent[] {
    const open = this.#open.get(at)
    if (!open) return NOTHING
    this.#open.delete(at)
    if (open.native) return this.#nativePart(open.native)
    const { index, input, signature } = open
    return [
      ...(input && !open.hasText ? textDelta(open, JSON.stringify(input)) : []),
      ...(signature === ''
        ? []
        : [{ type: 'part-seal', choice: 0, index, seal: readSeal(signature, ANTHROPIC) } as const]),
      { type: 'part-end', choice: 0, index },
    ]
  }

  stopAll(): readonly ChatEvent[] {
    return [...this.#open.keys()].flatMap((at) => this.stop(at))
  }

  /** Reads a complete block. */
  whole(block: JsonObject): readonly ChatEvent[] {
    const at = Symbol('whole')
    return [...this.start(at, block), ...this.stop(at)]
  }

  #begin(at: unknown, { kind }: { kind: 'text' | 'thinking' }): ChatEvent {
    const index = this.#parts++
    this.#open.set(at, { index, kind, hasText: false, signature: '' })
    return { type: 'part-start', choice: 0, index, part: { type: kind === 'text' ? 'text' : 'reasoning' } }
  }

  #beginCall(at: unknown, block: JsonObject): ChatEvent {
    const fields = answerFields(block, 'tool_use')
    fields.any('type')
    const [id, name, input] = [nonEmptyString('id'), nonEmptyString('name'), fields.record('input')]
    const index = this.#parts++
    const isFilled = input && Object.keys(input).length > 0
    this.#open.set(at, { index, kind: 'tool_use', input: isFilled ? input : undefined, hasText: false, signature: '' })
    return { type: 'part-start', choice: 0, index, part: { type: 'tool-call', id, name, ...fields.extra() } }

    function nonEmptyString(key: string): string {
      const value = fields.requiredString(key)
      if (value === '') throw fields.wrong(key, 'is empty')
      return value
    }
  }

  #redacted(at: unknown, block: JsonObject): readonly ChatEvent[] {
    const start = this.#begin(at, { kind: 'thinking' })
    const { index } = this.#open.get(at)!
    const seal = readSeal(String(block['data'] ?? ''), ANTHROPIC, 'data')
    return [start, { type: 'part-seal', choice: 0, index, seal }]
  }

  #nativePart({ part }: NativeBlock): readonly ChatEvent[] {
    const place = { choice: 0, index: this.#parts++ }
    return [
      { type: 'part-start', ...place, part },
      { type: 'part-end', ...place },
    ]
  }

  #deltaWithoutStart(at: unknown, delta: JsonObject): readonly ChatEvent[] {
    const kind = IMPLICIT_KINDS[String(delta['type'])]
    if (kind) return [this.#begin(at, { kind }), ...this.delta(at, delta)]
    if (delta['type'] !== 'input_json_delta') return NOTHING
    throw new GatewayError('upstream_malformed', 'The upstream sent arguments for a tool call that it did not start.')
  }
}

const IMPLICIT_KINDS: Readonly<Record<string, 'text' | 'thinking'>> = { text_delta: 'text', thinking_delta: 'thinking' }

function textDelta(open: OpenBlock, text: unknown): readonly ChatEvent[] {
  if (typeof text !== 'string' || text === '') return NOTHING
  open.hasText = true
  return [{ type: 'part-delta', choice: 0, index: open.index, text }]
}

const listAt = (block: JsonObject, key: string): readonly unknown[] => {
  const value = block[key]
  return Array.isArray(value) ? (value as unknown[]) : []
}
