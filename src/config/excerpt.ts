// Places in the text: lines, columns, and the source line as it may be shown.

export interface Excerpt {
  readonly text: string
  /** Characters before the caret. */
  readonly caret: number
}

/** From `start` up to `end`, as offsets into the text. */
export type Range = readonly [start: number, end: number]

export interface Lines {
  /** Line and column of an offset, both from 1. */
  readonly at: (offset: number) => { readonly line: number; readonly column: number }
  /** The line of an offset; undefined for one that nobody wrote by hand. */
  readonly excerpt: (offset: number) => Excerpt | undefined
}

const COVER = '***'
const SHOWN = 120
const LONGEST_LINE = 10_000

// What looks like a secret wherever it stands: `token: x`, `Bearer x`, `https://user:password@host`, and the shapes of known keys.
const LOOKS_SECRET = [
  /(?:key|secret|token|password|passwd|credentials?|authorization)["']?\s*[:=]\s*["']?((?!\$\{\w+\}|os\.environ\/|file:|none\b)[^\s,}"'#]+)/gi,
  /\b(?:bearer|basic)\s+(?!\$\{)([^\s,}"']+)/gi,
  /:\/\/(\S+)@/g,
  /\b((?:sk|pk|rk|gsk|xai|hf|ghp|AIza|AKIA)[-_]?[\w-]{12,})/g,
]

/** Reads positions of `text`; what lies in `hidden`, or looks like a secret, is covered in excerpts. */
export function createLines(text: string, hidden: readonly Range[]): Lines {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const indexOf = (offset: number) => lastAtMost(starts, offset)
  const coversOf = new Map<number, readonly Range[]>() // a line may be shown a thousand times
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
      if (!coversOf.has(index)) coversOf.set(index, [...rangesIn(hidden, start, line.length), ...secretsIn(line)])
      return clip(cover(line, offset - start, coversOf.get(index)!))
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

function secretsIn(line: string): Range[] {
  return LOOKS_SECRET.flatMap((pattern) =>
    [...line.matchAll(pattern)].map((match): Range => {
      const start = match.index + match[0].lastIndexOf(match[1]!)
      return [start, start + match[1]!.length]
    }),
  )
}

/** The text with whatever looks like a secret covered. */
export const coverSecrets = (text: string): string => cover(text, 0, secretsIn(text)).text

function cover(line: string, column: number, ranges: readonly Range[]): Excerpt {
  let shown = ''
  let caret = 0
  let read = 0
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    if (to <= read) continue
    const start = Math.max(from, read)
    if (column >= start) caret = shown.length + start - read
    if (column < start && column >= read) caret = shown.length + column - read
    shown += line.slice(read, start) + COVER
    read = Math.min(to, line.length)
  }
  if (column >= read) caret = shown.length + column - read
  return { text: shown + line.slice(read), caret }
}

/** A window around the caret, in which no character moves the terminal's cursor. */
function clip({ text, caret }: Excerpt): Excerpt {
  const from = caret > SHOWN - 20 ? caret - SHOWN / 2 : 0
  const shown = text.slice(from, from + SHOWN).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
  return { text: shown, caret: Math.min(caret - from, shown.length) }
}
