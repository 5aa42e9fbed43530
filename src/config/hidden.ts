// Decides which parts of the file are hidden: everything but keys and the values of known settings that are not secret.
import type { z } from 'zod'
import type { Range } from './mask.ts'
import type { SourceSpan } from './yaml-nodes.ts'
import type { Path } from './source-positions.ts'
import { newNameAt } from './renamed-keys.ts'
import { acceptsText, allPaths, isKnownAt, isSecretAt, keysAt } from './schema-walk.ts'

const ONLY_A_NAME = /^["']?(?:\$\{\w+\}|os\.environ\/\w+|file:\S+)["']?$/

/** The ranges to hide in a parsed text. A setting with a typo in its name is unknown, and can contain a secret. */
export function hiddenIn(text: string, written: readonly SourceSpan[], schema: z.ZodType): Range[] {
  return written.flatMap(({ path, isKey, isBare, start, end }): Range[] => {
    const slice = text.slice(start, end)
    if (isKey) {
      const shown = showKey(schema, path, slice, isBare)
      return shown.length < slice.length ? [[start + shown.length, end]] : []
    }
    if (acceptsText(schema, path) && !isSecretAt(schema, path)) return []
    const from = start + slice.search(/[^:\s]|$/)
    return ONLY_A_NAME.test(text.slice(from, end)) ? [] : [[from, end]]
  })
}

/**
 * The part of a key that can be shown. In `{ apiKey:abc }` a space is missing, so all of it is the key; in `{ apiKey: a,bc }`
 * the comma makes `bc` a key.
 */
export function showKey(schema: z.ZodType, path: Path, key: string, isBare: boolean): string {
  if (keysAt(schema, path.slice(0, -1)).includes(String(path.at(-1)))) return key
  if (isKnownAt(schema, path) && !isSecretAt(schema, path)) return key
  if (newNameAt(path)) return key
  return isBare ? '' : key.replace(/(?<=.)[:=\s"'].*$/s, '')
}

/** The ranges to hide in a text that could not be parsed: every word that is not in the schema. */
export function unknownWordsIn(text: string, schema: z.ZodType, furtherWords: readonly string[]): Range[] {
  const words = new Set([...allPaths(schema).flatMap((path) => path.split('.')), ...furtherWords])
  return [...text.matchAll(/[^\s{}[\],:"'#&*!|>%@`$]{3,}/g)]
    .filter(([word]) => !words.has(word))
    .map(({ 0: word, index }): Range => [index, index + word.length])
}
