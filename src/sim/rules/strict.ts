/** Whose rules hold for Chat Completions: those of a self-hosted server, or OpenAI's. Other formats have one set of rules. */
export type StrictMode = (typeof STRICT_MODES)[number]

export const STRICT_MODES = ['self-hosted', 'hosted'] as const
