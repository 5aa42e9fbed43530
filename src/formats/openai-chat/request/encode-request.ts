import type { ChatRequest, OutputFormat, Sampling } from '../../../chat/request.ts'
import { defined } from '../../fields/defined.ts'
import { noteExtras } from '../../translation/extras.ts'
import type { Target } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { conversationPath } from '../../fields/request-paths.ts'
import { encodeCache } from '../../openai-shared/cache.ts'
import type { EncodeContext } from '../../openai-shared/encode-context.ts'
import { encodeControls } from './encode-controls.ts'
import { rejectsSampling } from '../../openai-shared/effort.ts'
import { encodeMessages } from './encode-messages.ts'
import { encodeTools } from './encode-tools.ts'
import { originalOf } from '../../fields/originals.ts'
import { fieldName } from '../../fields/field-names.ts'
import { LABEL, NAME } from '../../openai-shared/name.ts'

/**
 * Encodes a Chat Completions request. The cap is `max_completion_tokens` and the end user `user`; the provider tables
 * rename or drop them for servers with older or fewer fields. A stream always requests usage. Throws GatewayError
 * `unsupported_parameter` for fields that this format cannot express, `invalid_request` for calls without results.
 */
export function encodeRequest(request: ChatRequest, target: Target, losses: Losses): unknown {
  const isOwn = request.format === NAME
  const context: EncodeContext = { request, target, losses, isOwn }
  if (!isOwn) noteExtras(request, LABEL, losses)
  const { stream_options: options, ...extra } = (isOwn && request.extra) || {}
  return {
    model: target.model,
    messages: encodeMessages(context),
    ...encodeTools(context),
    ...encodeSampling(context),
    ...encodeControls(context),
    ...encodeSettings(request),
    ...encodePrefill(context),
    ...encodeCache(request.cache, 'elsewhere', 'messages', context),
    ...(request.stop.length > 0 && { stop: (isOwn && originalOf(request.stop)) || request.stop }),
    ...(request.stream && {
      stream: true,
      stream_options: { ...(options as object | undefined), include_usage: true },
    }),
    ...extra,
  }
}

const encodeSettings = (request: ChatRequest): object =>
  defined({
    response_format: request.output && encodeOutput(request.output),
    max_completion_tokens: request.maxOutput,
    user: request.user,
    metadata: request.metadata,
    service_tier: request.tier,
    verbosity: request.verbosity,
    store: request.store,
    prompt_cache_key: request.cacheKey,
  })

function encodeSampling(context: EncodeContext): object {
  const { request, target, losses, isOwn } = context
  const { sampling } = request
  const fields: Record<string, unknown> = defined({
    temperature: sampling.temperature,
    top_p: sampling.topP,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    logprobs: sampling.logprobs,
    top_logprobs: sampling.topLogprobs,
  })
  // A client of this format knows its model; a client of another format cannot know what OpenAI's models reject.
  if (!isOwn && rejectsSampling(context))
    for (const field of Object.keys(fields)) {
      losses.note(field, `removed: ${target.model} rejects it while reasoning`)
      delete fields[field]
    }
  return {
    ...fields,
    ...defined({ seed: sampling.seed, logit_bias: sampling.logitBias, n: sampling.choices }),
    ...encodeExtensions(sampling, context),
  }
}

function encodeExtensions({ topK, minP }: Sampling, { request, isOwn, target, losses }: EncodeContext): object {
  if (isOwn || target.capabilities.has('top-k')) return defined({ top_k: topK, min_p: minP })
  const left = { topK, minP }
  for (const field of ['topK', 'minP'] as const)
    if (left[field] !== undefined) losses.note(fieldName(request, field), `removed: ${LABEL} has no such field`)
  return {}
}

function encodeOutput(output: OutputFormat): object {
  if (output.type === 'text') return { type: 'text' }
  if (output.type === 'json') return { type: 'json_object' }
  const { schema, name = 'answer', description, strict } = output
  return { type: 'json_schema', json_schema: { name, ...defined({ description, strict }), schema } }
}

/** In this format a final assistant message starts a new turn, unless the server can be told to continue it. */
function encodePrefill({ request, target, isOwn }: EncodeContext): object {
  if (isOwn || request.messages.at(-1)?.role !== 'assistant') return {}
  if (target.capabilities.has('prefill')) return { continue_final_message: true, add_generation_prompt: false }
  throw unsupported(conversationPath(request), `${LABEL} cannot continue a final assistant message`)
}
