import type { Extra } from '../../chat/part.ts'
import type { Losses } from '../translation/losses.ts'

/**
 * Extra fields of a response. Gemini's are returned to Gemini clients; each field of another format is noted as a loss.
 * `format`: the format of the response.
 */
export function ownExtra(extra: Extra | undefined, format: string | undefined, losses: Losses): Extra | undefined {
  if (format === 'gemini' || !extra) return extra
  for (const key of Object.keys(extra)) losses.note(key, 'removed: Gemini has no such field')
  return undefined
}
