// Covering what must not be read in a line of the file, or in a message.
import type { Excerpt } from './excerpt.ts'

/** From `start` up to `end`, as offsets into the text. */
export type Range = readonly [start: number, end: number]

const COVER = '***'

// What looks like a secret wherever it stands: `token: x`, `Bearer x`, `https://user:password@host`, the shapes of known keys, and
// comments, in which old keys are kept.
const LOOKS_SECRET = [
  /(?:key|secret|token|password|passwd|credentials?|authorization)["']?\s*[:=]\s*["']?((?!\$\{\w+\}|os\.environ\/|file:|none\b)[^\s,}"'#]+)/gi,
  /\b(?:bearer|basic)\s+(?!\$\{)([^\s,}"']+)/gi,
  /:\/\/(.+)@/g,
  /([^\s/"'*]+)@/g,
  /:\/\/[^\s/@:]*:((?!\d{1,5}(?:[^\w-]|$)|\S*@)\S+)/g,
  /\b((?:sk|pk|rk|gsk|xai|hf|ghp|AIza|AKIA)[-_]?[\w-]{12,})/g,
  /(?:^|\s)#\s*(\S.*)$/g,
]

/** Where a line holds what looks like a secret. */
export function secretsIn(line: string): Range[] {
  return LOOKS_SECRET.flatMap((pattern) =>
    [...line.matchAll(pattern)].map((match): Range => {
      const start = match.index + match[0].lastIndexOf(match[1]!)
      return [start, start + match[1]!.length]
    }),
  )
}

/** The text with whatever looks like a secret covered. */
export const maskSecrets = (text: string): string => mask(text, 0, secretsIn(text)).text

/** The line with its ranges covered, and where `column` comes to lie. */
export function mask(line: string, column: number, ranges: readonly Range[]): Excerpt {
  let shown = ''
  let caret = 0
  let read = 0
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    if (to <= read) continue
    const start = Math.max(from, read)
    if (column >= start) caret = shown.length + start - read
    if (column < start && column >= read) caret = shown.length + column - read
    if (start > read || read === 0) shown += line.slice(read, start) + COVER
    read = Math.min(to, line.length)
  }
  if (column >= read) caret = shown.length + column - read
  return { text: shown + line.slice(read), caret }
}
