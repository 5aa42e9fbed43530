/** Warnings about a response for the client: fields removed or changed, timeouts reduced, counts estimated. */
export class Warnings {
  #list: string[] | undefined

  /** Adds a text, unless it is there already. */
  add(text: string): void {
    if (!this.#list?.includes(text)) this.#list = [...(this.#list ?? []), text]
  }

  /** Undefined if there are no warnings. */
  get list(): readonly string[] | undefined {
    return this.#list
  }
}
