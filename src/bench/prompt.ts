// Prompts of a given size: prose, which needs few escapes in JSON, and code, in which every line has quotes and line feeds.

const PROSE =
  'The harbour lay quiet under a low grey sky, and the boats turned slowly with the tide. She counted them again, as ' +
  'she had every evening of that long summer, and wrote the number in the margin of the ledger before going home. '

const CODE = `const rows = [\n\t{ "name": "a\\tb", "path": "C:\\\\temp\\\\x", "tags": ["x", "y"] },\n];\nprint("ok: \\"done\\"\\n");\n`

export type Flavour = 'prose' | 'code'

const TEXT: Readonly<Record<Flavour, string>> = { prose: PROSE, code: CODE }

/** A text whose JSON form, quotes excluded, is `bytes` long, to within one escape sequence. */
export function promptOf(bytes: number, flavour: Flavour = 'prose'): string {
  const unit = TEXT[flavour]
  const unitBytes = writtenLength(unit)
  let text = unit.repeat(Math.floor(bytes / unitBytes))
  let left = bytes % unitBytes
  for (const character of unit) {
    left -= writtenLength(character)
    if (left < 0) break
    text += character
  }
  return text
}

const writtenLength = (text: string) => JSON.stringify(text).length - 2
