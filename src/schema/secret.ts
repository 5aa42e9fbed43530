import { z } from 'zod'

/** The first character that a header cannot carry, or that a client cannot see: curly quotes, a zero-width space. */
// eslint-disable-next-line no-control-regex -- a line break here would begin another header
const NOT_VISIBLE = /[^\u0020-\u007e]/u

/** Text that no message may show, and that may be in a file: `file:/run/secrets/x`. Spaces around it are removed. */
const trimmed = z.string().trim().min(1, { error: 'is empty; enter a value' })

export const secret = trimmed
  // eslint-disable-next-line no-control-regex -- a line break here would begin another header
  .regex(/^[^\u0000-\u001f\u007f]*$/, { error: 'contains a control character, which is not allowed in a header' })
  .meta({ secret: true })

/** A secret that is sent in a header: visible ASCII and spaces. */
export const headerSecret = trimmed
  .superRefine((text, context) => {
    const message = headerProblem(text)
    if (message !== undefined) context.addIssue({ code: 'custom', message, input: text })
  })
  .meta({ secret: true })

/** Why a header cannot carry the text, as a sentence without a subject. Undefined if it can. */
export function headerProblem(text: string): string | undefined {
  const found = NOT_VISIBLE.exec(text)
  return found ? complaint(found[0].codePointAt(0)!) : undefined
}

/** Names the character, because it is often not visible. One character does not give a secret away. */
function complaint(codePoint: number): string {
  if (codePoint < 0x20 || codePoint === 0x7f) return 'contains a control character, which is not allowed in a header'
  const hex = codePoint.toString(16).toUpperCase().padStart(4, '0')
  const name = NAMES[codePoint]
  return `contains ${name ? `${name} (U+${hex})` : `the character U+${hex}`}, which a header cannot carry; allowed: visible ASCII characters`
}

/** Characters that come with text copied from web pages and documents. */
const NAMES: Readonly<Record<number, string>> = {
  0x00a0: 'a no-break space',
  0x200b: 'a zero-width space',
  0x2018: 'a curly quote',
  0x2019: 'a curly quote',
  0x201c: 'a curly quote',
  0x201d: 'a curly quote',
  0x2013: 'a long dash',
  0x2014: 'a long dash',
  0xfeff: 'a byte order mark',
}
