/** Something of a request or an answer that the other language cannot say, and that went without. */
export interface Loss {
  /** As the giving language calls it: `top_k`, `messages[2].name`. */
  readonly field: string
  /** What became of it and why: `removed: Anthropic has no such field`. */
  readonly what: string
}

/** Collects what a translation could not keep. Whoever runs it says so to the caller, or refuses where all must be exact. */
export class Losses {
  readonly #seen = new Map<string, Loss>()
  readonly #onNote: (loss: Loss) => void

  /** `onNote` hears of each as it is noted. */
  constructor(onNote: (loss: Loss) => void = () => {}) {
    this.#onNote = onNote
  }

  /** Notes one field once, however often it occurs under that name. */
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
