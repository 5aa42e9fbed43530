import type { UpstreamError } from '../../chat/upstream-error.ts'

/**
 * Why a model rejects a request that another model might accept: the prompt is too long, or a content filter blocked it.
 */
export type RefusalReason = 'context_length' | 'content_policy'

interface Row {
  readonly reason: RefusalReason
  /** Values of the error's `code`. */
  readonly codes?: readonly string[]
  readonly types?: readonly string[]
  /** For servers that report it in the message only. */
  readonly message?: RegExp
}

/**
 * How each provider reports it. Messages are matched by whole phrases, because merely mentioning tokens or policies is
 * no reason.
 * Sources: https://platform.openai.com/docs/guides/error-codes,
 * https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter, https://docs.claude.com/en/api/errors,
 * https://openrouter.ai/docs/api-reference/errors, and the servers' own code.
 */
const ROWS: readonly Row[] = [
  // OpenAI, Azure, Groq, Cerebras, DeepSeek, llama.cpp
  {
    reason: 'context_length',
    codes: ['context_length_exceeded', 'model_max_prompt_tokens_exceeded'],
    types: ['exceed_context_size_error'],
  },
  // OpenAI's older models, vLLM, Mistral, DeepSeek, OpenRouter, SGLang; then other messages of xAI, SGLang, OpenAI and
  // vLLM
  { reason: 'context_length', message: /\bmaximum context length\b/i },
  { reason: 'context_length', message: /\bmaximum prompt length is \d+\b/i },
  { reason: 'context_length', message: /\binput length \(\d+ tokens\) exceeds the maximum allowed length\b/i },
  { reason: 'context_length', message: /\bexceeds the context window of this model\b/i },
  { reason: 'context_length', message: /\blonger than the (?:maximum model length|model's context length)\b/i },
  // Anthropic
  { reason: 'context_length', message: /\bprompt is too long: \d+ tokens\b/i },
  { reason: 'context_length', message: /\binput length and `max_tokens` exceed context limit\b/i },
  // Gemini
  { reason: 'context_length', message: /\binput token count\b.*\bexceeds the maximum number of tokens allowed\b/is },
  // Bedrock
  { reason: 'context_length', message: /\binput is too long for requested model\b|\binput tokens exceeded\b/i },
  // TGI and Together, Cohere, Groq and Cerebras, Ollama and llama.cpp
  { reason: 'context_length', message: /`inputs` (?:tokens \+ `max_new_tokens` must be <=|must have less than) \d+/ },
  { reason: 'context_length', message: /\btoo many tokens: total number of tokens in the prompt\b/i },
  { reason: 'context_length', message: /\breduce the length of the messages or completion\b/i },
  { reason: 'context_length', message: /\bexceeds the (?:available context size|context length)\b/i },

  // OpenAI, Azure (which nests a second code below), Alibaba
  {
    reason: 'content_policy',
    codes: [
      'content_filter',
      'content_policy_violation',
      'ResponsibleAIPolicyViolation',
      'moderation_blocked',
      'data_inspection_failed',
    ],
  },
  { reason: 'content_policy', message: /\bflagged as potentially violating our usage policy\b/i },
  { reason: 'content_policy', message: /\brejected as a result of our safety system\b/i },
  { reason: 'content_policy', message: /\btriggering Azure OpenAI's content management policy\b/i },
  // Anthropic, Bedrock
  { reason: 'content_policy', message: /\bblocked by (?:our )?content filter(?:s|ing policy)\b/i },
  // Gemini, OpenRouter (403), xAI (403), DeepSeek
  { reason: 'content_policy', message: /\bviolates? Google's Responsible AI practices\b/i },
  { reason: 'content_policy', message: /\byour input was flagged for\b/i },
  { reason: 'content_policy', message: /\bcontent violates usage guidelines\b/i },
  { reason: 'content_policy', message: /^Content Exists Risk$/i },
]

/** Statuses with another meaning, whatever the message: a wrong key, an unknown model, a rate limit. */
const OTHER_STATUSES: ReadonlySet<number> = new Set([401, 402, 404, 408, 429])

/** Text beyond this length is a quotation of the request. */
const MAX_CHARACTERS = 2000

/** The reason in an upstream's error; undefined if it is neither of the two. */
export function refusalReason(status: number, error: UpstreamError): RefusalReason | undefined {
  if (OTHER_STATUSES.has(status)) return undefined
  const { code, type } = error
  const message = error.message.slice(0, MAX_CHARACTERS)
  const row = ROWS.find(
    (each) =>
      (code !== undefined && each.codes?.includes(code)) ||
      (type !== undefined && each.types?.includes(type)) ||
      each.message?.test(message),
  )
  return row?.reason
}
