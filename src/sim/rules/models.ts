// What the rules know about single models, from their names. Names differ by cloud: `us.anthropic.claude-sonnet-4-5-20250929-v1:0`.

const CLAUDE = /claude-(?:[a-z]+-)*?v?(\d{1,2})(?:[-.](\d{1,2})(?!\d))?(?!\d)/

/** The version of a Claude model times 100 (4.5 is 405); 0 for another model or without a version. */
export function claudeVersion(model: string): number {
  const [, major = '0', minor = '0'] = CLAUDE.exec(model.toLowerCase()) ?? []
  return Number(major) * 100 + Number(minor)
}

export const isClaude = (model: string): boolean => model.toLowerCase().includes('claude')

/** Gemini 3 and later demand the signatures of their calls. */
export const demandsSignatures = (model: string): boolean => /gemini-[3-9]/.test(model)

/** OpenAI's models that reason: o1 and later, GPT-5 and later. */
export const isOpenAiReasoning = (model: string): boolean =>
  /(^|\/)(o[1-9]|gpt-[5-9])/.test(model) && !/-chat/.test(model)

/**
 * GPT-5.4 and later take tools on Chat Completions only without reasoning. Without an effort GPT-5.6 and later reason, older
 * ones do not.
 */
export const refusesReasonedTools = (model: string, effort: unknown): boolean =>
  (effort ?? undefined) === undefined
    ? /(^|\/)gpt-(5\.[6-9]|5\.\d\d|[6-9])/.test(model)
    : effort !== 'none' && /(^|\/)gpt-(5\.[4-9]|5\.\d\d|[6-9])/.test(model)
