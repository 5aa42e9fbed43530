/** The header fields of a response. The runtime's `Headers` is one; so is `HeaderFields`, which is cheaper to make. */
export interface ReadableHeaders extends Iterable<readonly [name: string, value: string]> {
  /** `name` in lower case. Several fields of one name are joined with `, `. */
  get(name: string): string | null
  has(name: string): boolean
}

/** Names in lower case and values of header fields, alternating, in the order in which they arrived. */
export class HeaderFields implements ReadableHeaders {
  readonly #flat: readonly string[]

  constructor(flat: readonly string[]) {
    this.#flat = flat
  }

  get(name: string): string | null {
    let found: string | null = null
    for (let at = 0; at < this.#flat.length; at += 2)
      if (this.#flat[at] === name) found = found === null ? this.#flat[at + 1]! : `${found}, ${this.#flat[at + 1]!}`
    return found
  }

  has(name: string): boolean {
    for (let at = 0; at < this.#flat.length; at += 2) if (this.#flat[at] === name) return true
    return false
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    const names = new Set<string>()
    for (let at = 0; at < this.#flat.length; at += 2) names.add(this.#flat[at]!)
    for (const name of names) yield [name, this.get(name)!]
  }
}
