/** The name of the Anthropic format, and the origin of its seals. */
export const ANTHROPIC = 'anthropic'
