import type { ReasoningPart, Seal } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import { readSeal } from '../../chat/seal.ts'
import { NAME } from './name.ts'

/** Who seals the reasoning of a model that speaks this language: xAI's models cannot read OpenAI's, nor the reverse. */
export const sealOrigin = (model: string | undefined): string => (/grok/i.test(model ?? '') ? 'xai' : NAME)

/** Whether such a seal stood bare in an `encrypted_content`, whoever's model it was. */
export const isResponsesSeal = ({ origin, data }: Seal): boolean =>
  data !== undefined && (origin === NAME || origin === 'xai')

/** The seal in an `encrypted_content`; one of another language is unwrapped. */
export function decodeSeal(encrypted: string | undefined, sealedBy: string): { seal?: Seal } {
  if (!encrypted) return {}
  const seal = readSeal(encrypted, NAME, 'data')
  return { seal: seal.origin === NAME ? { ...seal, origin: sealedBy } : seal }
}

/** Clients get sealed reasoning when they ask for it, as OpenAI has it; whoever stores nothing has to. */
export function wantsSeals({ format, extra }: ChatRequest): boolean {
  const include = format === NAME ? extra?.['include'] : undefined
  return Array.isArray(include) && include.includes('reasoning.encrypted_content')
}

/**
 * Whether reasoning is shown as a summary. What the upstream calls one is; and all of it for clients that ask for
 * summaries, since those show and bring back nothing else (Codex, the AI SDK).
 */
export const isShownAsSummary = (
  { isSummary }: Pick<ReasoningPart, 'isSummary'>,
  { format, reasoning }: ChatRequest,
  isOwnAnswer: boolean,
): boolean =>
  Boolean(isSummary) ||
  (!isOwnAnswer && format === NAME && reasoning?.summary !== undefined && reasoning.summary !== 'none')
