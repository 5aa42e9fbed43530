// Positions in the text: lines, columns, and the source line without its secrets.
import { type Range, mask, secretsIn } from './mask.ts'

export interface Excerpt {
  readonly text: string
  /** Characters before the caret. */
  readonly caret: number
}

export interface Lines {
  /** Line and column of an offset, both from 1. */
  readonly at: (offset: number) => { readonly line: number; readonly column: number }
  /** The line of an offset; undefined if it is too long to be written by hand. */
  readonly excerpt: (offset: number) => Excerpt | undefined
}

const SHOWN = 120
const LONGEST_LINE = 10_000

/** Finds positions in `text`. Ranges in `hidden`, and text that looks like a secret, are masked in excerpts. */
export function createLines(text: string, hidden: readonly Range[]): Lines {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const indexOf = (offset: number) => lastAtMost(starts, offset)
  const masksOf = new Map<number, readonly Range[]>() // a line can be shown a thousand times
  return {
    at(offset) {
      const index = indexOf(offset)
      return { line: index + 1, column: offset - starts[index]! + 1 }
    },
    excerpt(offset) {
      const index = indexOf(offset)
      const start = starts[index]!
      const end = starts[index + 1] ?? text.length
      if (end - start > LONGEST_LINE) return undefined
      const line = text.slice(start, end).trimEnd()
      if (!masksOf.has(index)) masksOf.set(index, [...rangesIn(hidden, start, line.length), ...secretsIn(line)])
      return clip(mask(line, offset - start, masksOf.get(index)!))
    },
  }
}

/** The parts of `ranges` within a line, as columns. */
const rangesIn = (ranges: readonly Range[], start: number, length: number): Range[] =>
  ranges
    .filter(([from, to]) => from < start + length && to > start)
    .map(([from, to]): Range => [from - start, Math.min(to - start, length)])

function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (sorted[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}

/** A window around the caret, without characters that move the terminal's cursor. */
function clip({ text, caret }: Excerpt): Excerpt {
  const from = caret > SHOWN - 20 ? caret - SHOWN / 2 : 0
  const shown = text.slice(from, from + SHOWN).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
  return { text: shown, caret: Math.min(caret - from, shown.length) }
}
