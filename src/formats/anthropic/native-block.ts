import type { NativePart } from '../../chat/part.ts'
import { inputIn } from '../claude/tool-input.ts'
import { ANTHROPIC } from '../claude/name.ts'

/**
 * A block that only this language has, as it grows in a stream: a hosted tool's call gets its input as JSON text, and of any
 * other delta texts are appended and other values taken over (`compaction_delta {content}`).
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
    for (const [key, given] of Object.entries(delta)) if (key !== 'type') this.#add(key, given)
  }

  get part(): NativePart {
    const input = this.#input === '' ? undefined : inputIn(this.#input)
    const value = input ? { ...this.#value, input } : this.#value
    return { type: 'native', format: ANTHROPIC, kind: String(value['type']), value }
  }

  #add(key: string, given: unknown): void {
    const earlier = this.#value[key]
    this.#value[key] = typeof earlier === 'string' && typeof given === 'string' ? earlier + given : given
  }
}
