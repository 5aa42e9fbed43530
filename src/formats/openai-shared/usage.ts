import type { Extra } from '../../chat/part.ts'
import type { Usage } from '../../chat/usage.ts'
import { defined } from '../fields/defined.ts'
import { isRecord } from '../fields/fields.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

/** The counts that every request is metered by. */
export interface Counts {
  readonly input: number
  readonly cached: number | undefined
  readonly output: number
}

/**
 * Reads the counts of a `usage` object. Cached tokens are in `prompt_tokens_details.cached_tokens` (OpenAI, vLLM),
 * `prompt_cache_hit_tokens` (DeepSeek), `num_cached_tokens` (Mistral), `cached_tokens` (Moonshot).
 */
export function readCounts(usage: JsonObject): Counts {
  return {
    input: count(usage['prompt_tokens']) ?? onlyTotal(usage),
    cached:
      count(detailsOf(usage['prompt_tokens_details'])['cached_tokens']) ??
      count(usage['prompt_cache_hit_tokens']) ??
      count(usage['num_cached_tokens']) ??
      count(usage['cached_tokens']),
    output: outputOf(usage),
  }
}

/** In Voyage's embeddings and Jina's reranking the total is the prompt. */
const onlyTotal = (usage: JsonObject): number =>
  usage['completion_tokens'] === undefined ? (count(usage['total_tokens']) ?? 0) : 0

/** Decodes a `usage` object; undefined if the value is not an object. */
export function decodeUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined
  const { input, cached, output } = readCounts(value)
  const prompt = detailsOf(value['prompt_tokens_details'])
  const completion = detailsOf(value['completion_tokens_details'])
  return {
    input,
    output,
    ...defined({
      cached,
      cacheWrite: count(prompt['cache_write_tokens']),
      reasoning: reasoningOf(value),
      audioInput: count(prompt['audio_tokens']),
      audioOutput: count(completion['audio_tokens']),
      imageInput: count(prompt['image_tokens']),
      imageOutput: count(completion['image_tokens']),
      extra: extraOf(value, prompt, completion),
    }),
  }
}

const detailsOf = (value: unknown): JsonObject => (isRecord(value) ? value : {})

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined

const reasoningOf = (usage: JsonObject): number | undefined =>
  count(detailsOf(usage['completion_tokens_details'])['reasoning_tokens']) ?? count(usage['reasoning_tokens'])

/**
 * The output tokens, including reasoning. xAI counts reasoning separately (its total is the sum of all three), and so do
 * gateways in front of Gemini, where reasoning can exceed the completion tokens that should include it.
 */
function outputOf(usage: JsonObject): number {
  const reasoning = reasoningOf(usage) ?? 0
  const [prompt, completion] = [count(usage['prompt_tokens']) ?? 0, count(usage['completion_tokens']) ?? 0]
  const isBeside = reasoning > completion || usage['total_tokens'] === prompt + completion + reasoning
  return isBeside ? completion + reasoning : completion
}

const READ: ReadonlySet<string> = new Set([
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'prompt_tokens_details',
  'completion_tokens_details',
  'prompt_cache_hit_tokens',
  'prompt_cache_miss_tokens',
  'num_cached_tokens',
  'cached_tokens',
  'reasoning_tokens',
])
const READ_DETAILS: ReadonlySet<string> = new Set([
  'cached_tokens',
  'cache_write_tokens',
  'audio_tokens',
  'image_tokens',
  'reasoning_tokens',
])

function extraOf(usage: JsonObject, prompt: JsonObject, completion: JsonObject): Extra | undefined {
  const [inPrompt, inCompletion] = [restOf(prompt, READ_DETAILS), restOf(completion, READ_DETAILS)]
  const extra = {
    ...restOf(usage, READ),
    ...(inPrompt && { prompt_tokens_details: inPrompt }),
    ...(inCompletion && { completion_tokens_details: inCompletion }),
  }
  return Object.keys(extra).length > 0 ? extra : undefined
}

function restOf(fields: JsonObject, read: ReadonlySet<string>): Extra | undefined {
  let rest: Record<string, unknown> | undefined
  for (const key in fields)
    if (!read.has(key) && fields[key] !== null && fields[key] !== undefined) (rest ??= {})[key] = fields[key]
  return rest
}

/** Encodes a `usage` object. Missing counts are left out; a details object always has its required keys. */
export function encodeUsage(usage: Usage, keepsExtra: boolean): object {
  const {
    prompt_tokens_details: inPrompt,
    completion_tokens_details: inCompletion,
    ...extra
  } = (keepsExtra && usage.extra) || {}
  const prompt = {
    ...defined({ audio_tokens: usage.audioInput, image_tokens: usage.imageInput }),
    ...(inPrompt as object),
  }
  const cache = defined({ cached_tokens: usage.cached, cache_write_tokens: usage.cacheWrite })
  const completion = {
    ...defined({
      reasoning_tokens: usage.reasoning,
      audio_tokens: usage.audioOutput,
      image_tokens: usage.imageOutput,
    }),
    ...(inCompletion as object),
  }
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    ...(!isEmpty({ ...cache, ...prompt }) && {
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, ...cache, ...prompt },
    }),
    ...(!isEmpty(completion) && { completion_tokens_details: completion }),
    ...extra,
  }
}

const isEmpty = (fields: object): boolean => Object.keys(fields).length === 0
