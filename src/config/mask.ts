// Masks secrets in a line of the file or in a message.
import type { Excerpt } from './excerpt.ts'

/** From `start` up to `end`, as offsets into the text. */
export type Range = readonly [start: number, end: number]

const COVER = '***'

// Text that looks like a secret: `token: x`, `Bearer x`, `https://user:password@host`, the patterns of known keys, and comments,
// which can contain old keys.
const LOOKS_SECRET = [
  /(?:key|secret|token|password|passwd|credentials?|authorization)["']?\s*[:=]\s*["']?((?!\$\{\w+\}|os\.environ\/|file:|none\b)[^\s,}"'#]+)/gi,
  /\b(?:bearer|basic)\s+(?!\$\{)([^\s,}"']+)/gi,
  /:\/\/(.+)@/g,
  /([^\s/"'*]+)@/g,
  /:\/\/[^\s/@:]*:((?!\d{1,5}(?:[^\w-]|$)|\S*@)\S+)/g,
  /\b((?:sk|pk|rk|gsk|xai|hf|ghp|AIza|AKIA)[-_]?[\w-]{12,})/g,
  /(?:^|\s)#\s*(\S.*)$/g,
]

/** The ranges of a line that look like a secret. */
export function secretsIn(line: string): Range[] {
  return LOOKS_SECRET.flatMap((pattern) =>
    [...line.matchAll(pattern)].map((match): Range => {
      const start = match.index + match[0].lastIndexOf(match[1]!)
      return [start, start + match[1]!.length]
    }),
  )
}

/** The text with everything that looks like a secret masked. */
export const maskSecrets = (text: string): string => mask(text, 0, secretsIn(text)).text

/** The line with its ranges masked, and the new position of `column`. */
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
