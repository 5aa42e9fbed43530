// Service tiers: OpenAI's words to Gemini's and back. Source: https://ai.google.dev/gemini-api/docs/pricing
const TIERS: Readonly<Record<string, string>> = { default: 'standard', flex: 'flex', priority: 'priority' }
const OURS = new Map(Object.entries(TIERS).map(([ours, theirs]) => [theirs, ours]))

export const decodeTier = (tier: unknown): string | undefined =>
  typeof tier === 'string' ? OURS.get(tier.toLowerCase()) : undefined

export const encodeTier = (tier: string): string | undefined => TIERS[tier]
