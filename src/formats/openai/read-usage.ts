import { isRecord } from '../fields.ts'
import { type Counts, readCounts } from '../openai-chat/usage.ts'

export type Usage = Counts

/** Reads the text of a `usage` object; undefined when it is absent, null or no object. */
export function readUsage(text: string): Counts | undefined {
  let usage: unknown
  try {
    usage = JSON.parse(text)
  } catch {
    return undefined
  }
  return isRecord(usage) ? readCounts(usage) : undefined
}
