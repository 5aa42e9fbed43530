import type { NativePart } from '../../../chat/part.ts'
import { parseToolInput } from '../../translation/tool-input.ts'
import { ANTHROPIC } from '../../claude/name.ts'

/**
 * Collects a streamed block that only the Anthropic format has. The call of a hosted tool gets its input as JSON text.
 * Of other deltas (`compaction_delta {content}`), strings are appended and other values replace the earlier ones.
 */
export class NativeBlock {
  readonly #value: Record<string, unknown>
  #input = ''

  constructor(start: Readonly<Record<string, unknown>>) {
    this.#value = { ...start }
  }

  push(delta: Readonly<Record<string, unknown>>): void {
    if (delta['type'] === 'input_json_delta') {
      this.#input += String(delta['partial_json'] ?? '')
      return
    }
    for (const [key, value] of Object.entries(delta)) if (key !== 'type') this.#add(key, value)
  }

  get part(): NativePart {
    const input = this.#input === '' ? undefined : parseToolInput(this.#input)
    const value = input ? { ...this.#value, input } : this.#value
    return { type: 'native', format: ANTHROPIC, kind: String(value['type']), value }
  }

  #add(key: string, value: unknown): void {
    const earlier = this.#value[key]
    this.#value[key] = typeof earlier === 'string' && typeof value === 'string' ? earlier + value : value
  }
}
