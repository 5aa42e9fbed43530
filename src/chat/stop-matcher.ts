/** What a piece of text becomes: the text that is certain, and the sequence that ended it. */
export interface Matched {
  readonly text: string
  readonly stop?: string
}

/**
 * Finds the first of several sequences in a text that comes in pieces, as a model that stops at them would: the one that
 * is complete first, and of those the longest. Text that may be the beginning of a sequence is held back. Each character
 * is looked at once for each sequence (Knuth, Morris and Pratt, 1977).
 */
export class StopMatcher {
  readonly #sequences: readonly string[]
  readonly #tables: readonly (readonly number[])[]
  /** How much of each sequence the text so far ends with. */
  readonly #matched: number[]
  #held = ''

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences
    this.#tables = sequences.map(failureTable)
    this.#matched = sequences.map(() => 0)
  }

  push(piece: string): Matched {
    const text = this.#held + piece
    for (let at = this.#held.length; at < text.length; at++) {
      const stop = this.#advance(text.charCodeAt(at))
      if (stop !== undefined) return { text: text.slice(0, at + 1 - stop.length), stop }
    }
    const certain = text.length - Math.max(0, ...this.#matched)
    this.#held = text.slice(certain)
    return { text: text.slice(0, certain) }
  }

  /** The text that was held back, when no more follows. */
  rest(): string {
    const held = this.#held
    this.#held = ''
    return held
  }

  #advance(code: number): string | undefined {
    let found: string | undefined
    for (const [index, sequence] of this.#sequences.entries()) {
      const table = this.#tables[index]!
      let length = this.#matched[index]!
      while (length > 0 && sequence.charCodeAt(length) !== code) length = table[length - 1]!
      if (sequence.charCodeAt(length) === code) length++
      this.#matched[index] = length
      if (length === sequence.length && length > (found?.length ?? 0)) found = sequence
    }
    return found
  }
}

/** For each beginning of the sequence, the length of its longest end that is a beginning again. */
function failureTable(sequence: string): number[] {
  const table = [0]
  for (let at = 1, length = 0; at < sequence.length; at++) {
    while (length > 0 && sequence.charCodeAt(at) !== sequence.charCodeAt(length)) length = table[length - 1]!
    if (sequence.charCodeAt(at) === sequence.charCodeAt(length)) length++
    table[at] = length
  }
  return table
}
