import { parseExact } from '../../codecs/json/exact.ts'
import { isRecord } from '../fields/fields.ts'

/** Parses the arguments of a tool call. An empty text is an empty object; undefined: the text is not a JSON object. */
export function parseToolInput(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {}
  try {
    const value = parseExact(text)
    return isRecord(value) && text.trimStart().startsWith('{') ? value : undefined
  } catch {
    return undefined
  }
}
