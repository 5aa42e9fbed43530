import { inputIn } from '../claude/tool-input.ts'
import { isRecord } from '../fields/fields.ts'

type Wire = Readonly<Record<string, unknown>>

/**
 * A block that only this language has, as it grows in a stream: a hosted tool's call gets its input as JSON text, its result
 * its content piece by piece, an image its bytes.
 */
export class GrowingBlock {
  readonly #kind: string
  readonly #inner: Record<string, unknown>
  #input = ''

  /** `start` says its kind; `delta`: it came without a start, and this is its first piece. */
  constructor(start: Wire, delta?: Wire) {
    this.#kind = Object.keys(start)[0]!
    const inner = start[this.#kind]
    this.#inner = !delta && isRecord(inner) ? { ...inner } : {}
    if (delta) this.push(delta)
  }

  push(delta: Wire): void {
    const given = delta[this.#kind]
    if (Array.isArray(given)) this.#inner['content'] = [...this.#content, ...(given as unknown[])]
    else if (!isRecord(given)) return
    else if (typeof given['input'] === 'string') this.#input += given['input']
    else Object.assign(this.#inner, given)
  }

  get block(): Wire {
    const input = this.#input === '' ? undefined : inputIn(this.#input)
    return { [this.#kind]: input ? { ...this.#inner, input } : this.#inner }
  }

  get #content(): readonly unknown[] {
    const { content } = this.#inner
    return Array.isArray(content) ? (content as unknown[]) : []
  }
}
