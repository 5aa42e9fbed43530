import { parseToolInput } from '../../translation/tool-input.ts'
import { isRecord } from '../../fields/fields.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/**
 * Collects a streamed block that only the Converse format has. The call of a hosted tool gets its input as JSON text,
 * its result gets its content piece by piece, and an image gets its bytes.
 */
export class GrowingBlock {
  readonly #kind: string
  readonly #inner: Record<string, unknown>
  #input = ''

  /** `start` determines the kind. `delta`: the block has no start event, and this is its first delta. */
  constructor(start: JsonObject, delta?: JsonObject) {
    this.#kind = Object.keys(start)[0]!
    const inner = start[this.#kind]
    this.#inner = !delta && isRecord(inner) ? { ...inner } : {}
    if (delta) this.push(delta)
  }

  push(delta: JsonObject): void {
    const value = delta[this.#kind]
    if (Array.isArray(value)) this.#inner['content'] = [...this.#content, ...(value as unknown[])]
    else if (!isRecord(value)) return
    else if (typeof value['input'] === 'string') this.#input += value['input']
    else Object.assign(this.#inner, value)
  }

  get block(): JsonObject {
    const input = this.#input === '' ? undefined : parseToolInput(this.#input)
    return { [this.#kind]: input ? { ...this.#inner, input } : this.#inner }
  }

  get #content(): readonly unknown[] {
    const { content } = this.#inner
    return Array.isArray(content) ? (content as unknown[]) : []
  }
}
