import { parseExact } from '../../codecs/json/exact.ts'
import { isRecord } from '../fields/fields.ts'

/** The object of a JSON text, an empty one without members; undefined for a text that is none. */
export function inputIn(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {}
  try {
    const value = parseExact(text)
    return isRecord(value) && text.trimStart().startsWith('{') ? value : undefined
  } catch {
    return undefined
  }
}
