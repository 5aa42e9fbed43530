import type { Extra } from '../../chat/part.ts'
import type { Losses } from '../translation/losses.ts'

/**
 * Fields of an answer that only its own language has: Gemini's go back to Gemini's clients, each other is a loss.
 * `format`: the language of the answer.
 */
export function ownExtra(extra: Extra | undefined, format: string | undefined, losses: Losses): Extra | undefined {
  if (format === 'gemini' || !extra) return extra
  for (const key of Object.keys(extra)) losses.note(key, 'removed: Gemini has no such field')
  return undefined
}
