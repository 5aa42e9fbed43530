/** The name of this language, and the origin of its seals. */
export const ANTHROPIC = 'anthropic'
