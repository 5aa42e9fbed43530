import { isRecord } from '../fields/fields.ts'
import { type Counts, readCounts } from '../openai-shared/usage.ts'

export type Usage = Counts

/** Reads the text of a `usage` object; undefined if it is absent, null or not an object. */
export function readUsage(text: string): Counts | undefined {
  try {
    return usageOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The same for a parsed `usage`. */
export function usageOf(usage: unknown): Counts | undefined {
  if (!isRecord(usage) || usage['type'] === 'duration') return undefined // audio billed by the second
  return readCounts('prompt_tokens' in usage ? usage : toChatNames(usage))
}

/** Usage of images and audio has the field names of the Responses API. */
const toChatNames = (usage: Readonly<Record<string, unknown>>) => ({
  prompt_tokens: usage['input_tokens'],
  prompt_tokens_details: usage['input_tokens_details'],
  completion_tokens: usage['output_tokens'],
})
