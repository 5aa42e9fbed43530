// What model families at Bedrock support beyond Converse's common fields.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html
// and the model parameters of each family there.

export interface ConverseModel {
  readonly family: 'claude' | 'nova' | 'gpt-oss' | 'mistral' | 'other'
  /** The path of `top_k` among the model's own fields; undefined: not supported. */
  readonly topK: readonly string[] | undefined
  /** Prompt caching: `all` with tools and a ttl, `messages` without tools and ttl, `none` not at all. */
  readonly caches: 'all' | 'messages' | 'none'
  /** It supports the status `error` of a tool result. */
  readonly hasStatus: boolean
  /** The tool call ids that it accepts. */
  readonly ids: { readonly pattern: RegExp; readonly length: number }
}

/** Bedrock itself gives ids such as `functions.look_up:0` for Kimi, which is trained on them. */
const IDS = { pattern: /^[a-zA-Z0-9_.:-]{1,64}$/, length: 24 }
const CLAUDE_IDS = { pattern: /^[a-zA-Z0-9_-]{1,64}$/, length: 24 }

const OTHER: ConverseModel = { family: 'other', topK: undefined, caches: 'none', hasStatus: false, ids: IDS }

const ROWS: readonly { readonly name: RegExp; readonly model: ConverseModel }[] = [
  {
    name: /claude/,
    model: { ...OTHER, family: 'claude', topK: ['top_k'], caches: 'all', hasStatus: true, ids: CLAUDE_IDS },
  },
  {
    name: /\bnova\b/,
    model: { ...OTHER, family: 'nova', topK: ['inferenceConfig', 'topK'], caches: 'messages', hasStatus: true },
  },
  { name: /\bgpt-oss\b/, model: { ...OTHER, family: 'gpt-oss' } },
  {
    name: /m[ia]xtral|m[ia]stral/,
    model: { ...OTHER, family: 'mistral', ids: { pattern: /^[a-zA-Z0-9]{9}$/, length: 9 } },
  },
]

/** By the name of a model, an inference profile (`us.amazon.nova-lite-v1:0`) or an ARN that holds one. */
export function converseModel(name: string): ConverseModel {
  const lower = name.toLowerCase()
  return ROWS.find((row) => row.name.test(lower))?.model ?? OTHER
}
