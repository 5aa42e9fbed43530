// Service tiers, by OpenAI's names and by Gemini's. Source: https://ai.google.dev/gemini-api/docs/pricing
const TIERS: Readonly<Record<string, string>> = { default: 'standard', flex: 'flex', priority: 'priority' }
const CANONICAL = new Map(Object.entries(TIERS).map(([canonical, native]) => [native, canonical]))

export const decodeTier = (tier: unknown): string | undefined =>
  typeof tier === 'string' ? CANONICAL.get(tier.toLowerCase()) : undefined

export const encodeTier = (tier: string): string | undefined => TIERS[tier]
