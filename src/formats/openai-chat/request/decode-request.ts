import { decodeSampling } from '../../openai-shared/decode-sampling.ts'
import type { ChatRequest, OutputFormat, Sampling } from '../../../chat/request.ts'
import type { RequestFacts } from '../../format.ts'
import { type Fields, requestFields } from '../../fields/fields.ts'
import { decodeCache } from '../../openai-shared/cache.ts'
import { decodeMessages } from '../../openai-shared/decode-messages.ts'
import { decodeReasoningControl } from './controls.ts'
import { decodeToolChoice, decodeTools } from '../../openai-shared/decode-tools.ts'
import { NAME } from '../../openai-shared/name.ts'
import { defined } from '../../fields/defined.ts'
import { withOriginal } from '../../fields/originals.ts'

/**
 * Decodes a Chat Completions request. Vendor extensions with canonical names are decoded (`top_k`, `reasoning`,
 * `thinking`, `cache_control`); all other fields are carried. Throws GatewayError `invalid_request`, naming the field.
 * Source: https://platform.openai.com/docs/api-reference/chat/create
 */
export function decodeRequest(body: unknown, facts: RequestFacts): ChatRequest {
  const fields = requestFields(body)
  const options = fields.object('stream_options')
  const wantsUsage = options?.boolean('include_usage') ?? false
  const known = {
    format: NAME,
    model: fields.string('model') ?? facts.model,
    messages: decodeMessages(fields),
    tools: decodeTools(fields),
    ...defined({ toolChoice: decodeToolChoice(fields), parallelTools: fields.boolean('parallel_tool_calls') }),
    sampling: { ...decodeSampling(fields), ...decodeLogprobs(fields) },
    stop: decodeStop(fields),
    stream: facts.stream ?? fields.boolean('stream') ?? false,
    wantsUsage,
    ...decodeSettings(fields),
  }
  fields.any('stream')
  const { output, extra: format } = decodeOutput(fields)
  const { reasoning, extra: controls } = decodeReasoningControl(fields)
  const left = options?.rest()
  const extra = { ...fields.rest(), ...controls, ...format, ...(left && { stream_options: left }) }
  return { ...known, ...defined({ output, reasoning }), ...(Object.keys(extra).length > 0 && { extra }) }
}

const decodeLogprobs = (fields: Fields): Sampling =>
  defined({ logprobs: fields.boolean('logprobs'), topLogprobs: fields.number('top_logprobs') })

function decodeSettings(fields: Fields): Partial<ChatRequest> {
  const [cap, older] = [fields.number('max_completion_tokens'), fields.number('max_tokens')]
  // If both names of the end user are present, the newer one is carried as an extra field.
  const user = fields.string('user') ?? fields.string('safety_identifier')
  return {
    ...defined({
      maxOutput: cap ?? older,
      user,
      metadata: fields.record('metadata'),
      tier: fields.string('service_tier'),
      verbosity: fields.oneOf('verbosity', ['low', 'medium', 'high']),
      store: fields.boolean('store'),
      cacheKey: fields.string('prompt_cache_key'),
    }),
    ...decodeCache(fields),
  }
}

function decodeStop(fields: Fields): readonly string[] {
  const stop = fields.any('stop') ?? []
  const list: unknown[] = Array.isArray(stop) ? stop : [stop]
  if (!list.every((sequence) => typeof sequence === 'string'))
    throw fields.wrong('stop', 'must be a string or a list of strings')
  return withOriginal(list as string[], stop)
}

/** Other formats (grammars of some servers) are carried unchanged. */
function decodeOutput(fields: Fields): { output?: OutputFormat; extra?: { response_format: unknown } } {
  const format = fields.object('response_format')
  if (!format) return {}
  const type = format.requiredString('type')
  if (type === 'text') return { output: { type: 'text' } }
  if (type === 'json_object') return { output: { type: 'json' } }
  if (type !== 'json_schema') return { extra: { response_format: fields.record('response_format') } }
  const schema = format.requiredObject('json_schema')
  return {
    output: {
      type: 'json-schema',
      schema: schema.record('schema') ?? {},
      ...defined({
        name: schema.string('name'),
        description: schema.string('description'),
        strict: schema.boolean('strict'),
      }),
    },
  }
}
