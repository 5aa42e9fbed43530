/** What a client should know of a response: fields left out or changed, timeouts reduced, counts estimated. */
export class Warnings {
  #list: string[] | undefined

  /** Adds a text once. */
  add(text: string): void {
    if (!this.#list?.includes(text)) this.#list = [...(this.#list ?? []), text]
  }

  /** Undefined while there are none. */
  get list(): readonly string[] | undefined {
    return this.#list
  }
}
