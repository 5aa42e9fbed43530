import type { ReasoningPart, Seal } from '../../../chat/part.ts'
import type { ChatRequest } from '../../../chat/request.ts'
import { readSeal } from '../../../chat/seal.ts'
import { NAME } from '../name.ts'

/** The seal origin of a model of this format: xAI's models cannot read OpenAI's seals, nor the reverse. */
export const sealOrigin = (model: string | undefined): string => (/grok/i.test(model ?? '') ? 'xai' : NAME)

/** Whether the seal was an unwrapped `encrypted_content`, of any model. */
export const isResponsesSeal = ({ origin, data }: Seal): boolean =>
  data !== undefined && (origin === NAME || origin === 'xai')

/** The seal in `encrypted_content`; a seal of another format is unwrapped. */
export function decodeSeal(encrypted: string | undefined, sealedBy: string): { seal?: Seal } {
  if (!encrypted) return {}
  const seal = readSeal(encrypted, NAME, 'data')
  return { seal: seal.origin === NAME ? { ...seal, origin: sealedBy } : seal }
}

/**
 * Whether reasoning is written as a summary: if the upstream marks it as one, and always for clients that request
 * summaries, because they show and return nothing else (Codex, the AI SDK).
 */
export const isShownAsSummary = (
  { isSummary }: Pick<ReasoningPart, 'isSummary'>,
  { format, reasoning }: ChatRequest,
  isOwnAnswer: boolean,
): boolean =>
  Boolean(isSummary) ||
  (!isOwnAnswer && format === NAME && reasoning?.summary !== undefined && reasoning.summary !== 'none')
