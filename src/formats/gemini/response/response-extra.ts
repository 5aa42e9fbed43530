import type { Extra } from '../../../chat/part.ts'
import type { Losses } from '../../translation/losses.ts'
import { noteResponseExtra } from '../../translation/response-extras.ts'

/**
 * Extra fields of a response. Gemini's are returned to Gemini clients; each field of another format is noted as a loss.
 * `format`: the format of the response.
 */
export function ownExtra(extra: Extra | undefined, format: string | undefined, losses: Losses): Extra | undefined {
  if (format === 'gemini' || !extra) return extra
  noteResponseExtra(extra, format, 'removed: Gemini has no such field', losses)
  return undefined
}
