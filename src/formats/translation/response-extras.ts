import type { Extra } from '../../chat/part.ts'
import { isRecord } from '../fields/fields.ts'
import type { Losses } from './losses.ts'

// Fields of responses that exist in one format only. Most of them repeat the request or describe how the upstream
// processed it: a client that does not get them misses nothing.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Fields that a client of another format does not miss, by the format of the response. */
const NOT_MISSED: Readonly<Record<string, ReadonlySet<string>>> = {
  'openai-responses': words(`
    background billing completed_at content_filters conversation created error frequency_penalty incomplete_details
    instructions kv_transfer_params max_output_tokens max_tool_calls metadata moderation object output_text
    parallel_tool_calls presence_penalty previous_response_id prompt prompt_cache_key prompt_cache_retention reasoning
    safety_identifier service_tier status store temperature text tool_choice tool_usage tools top_k top_logprobs top_p truncation user`),
  'openai-chat': words(`
    content_filter_offsets content_filter_result content_filter_results created hash kv_transfer_params matched_stop
    metadata metrics model_info nvext object perf_metrics prompt prompt_filter_results prompt_logprobs prompt_token_ids
    provider provider_metadata raw_output request_id runtime seed stats system_fingerprint time_info timings token_ids
    usage_breakdown weight_version x_groq`),
  anthropic: words('context_management request_id'),
  'bedrock-converse': words('metrics performanceConfig serviceTier'),
  gemini: words(`
    avgLogprobs createTime finishMessage modelStatus promptFeedback safetyRatings sdkHttpResponse tokenCount
    usageMetadata`),
  cohere: words('meta response_id generation_id'),
  ollama: words(`
    context created_at done eval_duration load_duration logprobs prompt_eval_duration remote_host remote_model
    total_duration`),
}

/** Fields whose content reaches the client as citations. */
const CITED: Readonly<Record<string, (value: unknown) => boolean>> = {
  citations: isList,
  search_results: isList,
  citationMetadata: () => true,
  groundingMetadata: (value) =>
    isRecord(value) && (isList(value['groundingSupports']) || !isList(value['groundingChunks'])),
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

/** Fields whose members are named one by one: of a message, some may be missed and others not. */
const NESTED: ReadonlySet<string> = new Set(['message'])

/**
 * Notes the fields of a response, of format `format`, that its client misses. `what`: what happened to them. `names`: the
 * name of a field in the client's view.
 */
export function noteResponseExtra(
  extra: Extra | undefined,
  format: string | undefined,
  what: string,
  losses: Losses,
  prefix = '',
): void {
  for (const key in extra) {
    const value = extra[key]
    if (isUnmissed(format, key, value)) continue
    if (NESTED.has(key) && isRecord(value)) noteResponseExtra(value, format, what, losses, `${prefix}${key}.`)
    else losses.note(prefix + key, what)
  }
}

/** Notes the fields of a part that exist only in its own format. A call by the model itself (`direct`) is the usual one. */
export function notePartExtra(extra: Extra | undefined, path: string, what: string, losses: Losses): void {
  for (const key in extra) {
    const value = extra[key]
    const isUsual = key === 'caller' && isRecord(value) && value['type'] === 'direct'
    if (!isUsual && !isEmpty(value)) losses.note(`${path}.${key}`, what)
  }
}

function isUnmissed(format: string | undefined, key: string, value: unknown): boolean {
  if (isEmpty(value)) return true
  if (Object.hasOwn(CITED, key) && CITED[key]!(value)) return true
  return (format !== undefined && NOT_MISSED[format]?.has(key)) ?? false
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isRecord(value) && Object.keys(value).length === 0)
