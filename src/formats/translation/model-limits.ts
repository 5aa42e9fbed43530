/**
 * Context windows of known models, in tokens, by the first pattern that is in the name. Names differ by cloud, so the
 * patterns do not begin at its start. Sources: https://platform.claude.com/docs/en/about-claude/models/overview,
 * https://platform.openai.com/docs/models, https://ai.google.dev/gemini-api/docs/models
 */
const WINDOWS: readonly (readonly [name: RegExp, tokens: number])[] = [
  [/claude-(?:instant|v?1|v?2[.-]0|2$)/, 100_000],
  [/claude-.*haiku/, 200_000],
  [/claude-(?:v?[23](?!\d)|[a-z]+-4(?:-\d{8}|@|$|[-.][0-5](?!\d)))/, 200_000],
  [/claude/, 1_000_000],
  [/gemini-1\.5-pro/, 2_097_152],
  [/gemini-(?:1\.5|[2-9])/, 1_048_576],
  [/gpt-4\.1/, 1_047_576],
  [/gpt-[5-9]/, 400_000],
  [/gpt-4o|gpt-4-turbo/, 128_000],
]

/** The tokens of prompt and response together that a model accepts; undefined for an unknown model. */
export function contextWindow(model: string): number | undefined {
  const lower = model.toLowerCase()
  return WINDOWS.find(([name]) => name.test(lower))?.[1]
}

/** Maximum output tokens of known models of OpenAI and Google; Claude's are in `claude/models.ts`. Sources as above. */
const MAX_OUTPUTS: readonly (readonly [name: RegExp, tokens: number])[] = [
  [/gemini-(?:1\.5|2\.0)/, 8192],
  [/gemini-(?:2\.5|[3-9])/, 65_536],
  [/gpt-[5-9].*-chat/, 16_384],
  [/gpt-[5-9]/, 128_000],
  [/gpt-4\.1/, 32_768],
  [/gpt-4o/, 16_384],
  [/gpt-4-turbo|gpt-3\.5/, 4096],
  [/(?:^|\/)o\d/, 100_000],
]

/** The maximum output tokens of a model; undefined for an unknown model. */
export function maxOutputOf(model: string): number | undefined {
  const lower = model.toLowerCase()
  return MAX_OUTPUTS.find(([name]) => name.test(lower))?.[1]
}
