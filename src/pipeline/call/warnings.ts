/** Warnings about a response for the client: fields removed or changed, timeouts reduced, counts estimated. */
export class Warnings {
  #texts: Set<string> | undefined

  /** Adds a text, unless it is there already. */
  add(text: string): void {
    ;(this.#texts ??= new Set()).add(text)
  }

  /** Undefined if there are no warnings. */
  get list(): readonly string[] | undefined {
    return this.#texts && [...this.#texts]
  }
}
