/** A field of a request or response that the other format cannot express, and that was left out or changed. */
export interface Loss {
  /** Its name in the source format: `top_k`, `messages[2].name`. */
  readonly field: string
  /** What happened to it and why: `removed: Anthropic has no such field`. */
  readonly what: string
}

/** Collects the losses of a translation. They become warnings for the client; strict translation rejects the request. */
export class Losses {
  readonly #seen = new Map<string, Loss>()
  readonly #onNote: (loss: Loss) => void

  /** `onNote` is called with each loss when it is noted. */
  constructor(onNote: (loss: Loss) => void = () => {}) {
    this.#onNote = onNote
  }

  /** Notes a loss. A field that occurs several times under one name is noted once. */
  note(field: string, what: string): void {
    if (this.#seen.has(field)) return
    const loss = { field, what }
    this.#seen.set(field, loss)
    this.#onNote(loss)
  }

  get list(): readonly Loss[] {
    return [...this.#seen.values()]
  }
}
