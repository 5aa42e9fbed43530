// The request's parameters outside the conversation: limits, sampling, tiers, metadata for the operator's logs, output.
import type { ChatRequest, OutputFormat, Sampling } from '../../../chat/request.ts'
import { encodeMaxTokens, encodeSampling as encodeClaudeSampling } from '../../claude/sampling.ts'
import { strictOutput } from '../../claude/strict-schema.ts'
import { claudeModel } from '../../claude/models.ts'
import { defined } from '../../fields/defined.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { type Field, fieldName } from '../../fields/field-names.ts'
import type { ConverseModel } from '../models.ts'

const UNSUPPORTED = [
  'minP',
  'seed',
  'frequencyPenalty',
  'presencePenalty',
  'logitBias',
  'logprobs',
  'topLogprobs',
] as const satisfies readonly (keyof Sampling)[]

/** Notes parameters that Converse does not have. Throws GatewayError `unsupported_parameter` for several choices. */
export function noteUnsupported(request: ChatRequest, losses: Losses): void {
  const { sampling, verbosity, store, cacheKey } = request
  const note = (field: Field) => losses.note(fieldName(request, field), 'removed: Bedrock has no such field')
  if ((sampling.choices ?? 1) > 1)
    throw unsupported(fieldName(request, 'choices'), 'Bedrock generates one choice per request')
  // A penalty of 0 and `logprobs: false` are the defaults.
  for (const field of UNSUPPORTED)
    if (sampling[field] !== undefined && sampling[field] && sampling[field] !== 0) note(field)
  if (sampling.seed === 0) note('seed')
  if (verbosity !== undefined && verbosity !== 'medium') note('verbosity')
  if (store) note('store')
  if (cacheKey !== undefined) note('cacheKey')
}

/**
 * `maxTokens`. Claude's default at Bedrock is small, so its maximum is the default here; others keep their own default.
 */
export function maxTokensFor(request: ChatRequest, { family }: ConverseModel, name: string, losses: Losses) {
  return family === 'claude' ? encodeMaxTokens(request, claudeModel(name), name, losses) : request.maxOutput
}

export interface WireSampling {
  readonly temperature?: number
  readonly topP?: number
  /** Sampling parameters among the model's own fields. */
  readonly own: Readonly<Record<string, unknown>>
}

/** The sampling parameters that the model accepts. */
export function encodeSampling(
  request: ChatRequest,
  model: ConverseModel,
  name: string,
  isThinking: boolean,
  losses: Losses,
): WireSampling {
  const accepted =
    model.family === 'claude'
      ? encodeClaudeSampling(request, claudeModel(name), isThinking, losses)
      : otherSampling(request, model, losses)
  const { temperature, top_p: topP, top_k: topK } = accepted
  return {
    ...defined({ temperature, topP }),
    own: topK === undefined ? {} : nested(model.topK!, topK),
  }
}

/** The temperature ranges from 0 to 1 for every model. */
function otherSampling(request: ChatRequest, model: ConverseModel, losses: Losses) {
  const { temperature, topP, topK } = request.sampling
  if (temperature !== undefined && temperature > 1)
    losses.note(fieldName(request, 'temperature'), 'changed: set to 1, the maximum at Bedrock')
  if (topK !== undefined && !model.topK)
    losses.note(fieldName(request, 'topK'), 'removed: this model does not support it')
  return defined({
    temperature: temperature === undefined ? undefined : Math.min(temperature, 1),
    top_p: topP,
    top_k: model.topK ? topK : undefined,
  })
}

const nested = (path: readonly string[], value: unknown): Record<string, unknown> =>
  path.reduceRight((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>

/** The stop sequences without blank ones: Bedrock rejects empty ones, and Claude white space. */
export function encodeStop(request: ChatRequest, losses: Losses): readonly string[] | undefined {
  const stop = request.stop.filter((sequence) => sequence.trim() !== '')
  if (stop.length < request.stop.length)
    losses.note(fieldName(request, 'stop'), 'removed: Bedrock does not accept blank stop sequences')
  return stop.length > 0 ? stop : undefined
}

const TIERS: ReadonlySet<string> = new Set(['default', 'flex', 'priority', 'reserved'])

/** Bedrock's tiers have OpenAI's names; `auto` is its default. No tier changes the meaning of the response. */
export function encodeTier(request: ChatRequest, losses: Losses): object | undefined {
  const { tier } = request
  if (tier === undefined || tier === 'auto') return undefined
  if (TIERS.has(tier)) return { type: tier }
  losses.note(fieldName(request, 'tier'), 'removed: Bedrock has no such tier')
  return undefined
}

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, `requestMetadata` */
const METADATA_KEY = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{1,256}$/
const METADATA_VALUE = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{0,256}$/
const MAX_METADATA = 16

/** Metadata for Bedrock's invocation logs: the client's metadata and its end user. */
export function encodeMetadata(request: ChatRequest, losses: Losses): Readonly<Record<string, string>> | undefined {
  const { metadata = {}, user } = request
  const kept: Record<string, string> = {}
  const keep = (key: string, value: unknown, field: string) => {
    const fits = METADATA_KEY.test(key) && typeof value === 'string' && METADATA_VALUE.test(value)
    if (fits && Object.keys(kept).length < MAX_METADATA) kept[key] = value
    else
      losses.note(
        field,
        'removed: Bedrock accepts at most 16 metadata values, each a plain string of at most 256 characters',
      )
  }
  if (user !== undefined) keep('user_id', user, fieldName(request, 'user'))
  for (const [key, value] of Object.entries(metadata)) keep(key, value, `${fieldName(request, 'metadata')}.${key}`)
  return Object.keys(kept).length > 0 ? kept : undefined
}

export const JSON_ONLY = { text: 'Answer with one JSON object and nothing else.' }

type SchemaOutput = Extract<OutputFormat, { type: 'json-schema' }>

/** Converse takes the schema as a string: `text`. */
export const textFormatOf = ({ schema, name, description }: SchemaOutput, text = JSON.stringify(schema)): object => ({
  type: 'json_schema',
  structure: { jsonSchema: { schema: text, name, description } },
})

/** Throws GatewayError `unsupported_parameter` for a schema if the model does not support schemas. */
export function encodeOutput(
  request: ChatRequest,
  { family }: ConverseModel,
  name: string,
  losses: Losses,
): { textFormat?: object; instruction?: object } {
  const { output } = request
  if (!output || output.type === 'text') return {}
  const field = fieldName(request, 'output')
  if (output.type === 'json') {
    losses.note(field, 'changed: Bedrock lacks a JSON mode, so Sluice adds an instruction to respond with JSON')
    return { instruction: JSON_ONLY }
  }
  if (family === 'claude' && !claudeModel(name).hasSchemas)
    throw unsupported(field, 'this model does not support JSON schemas')
  if (family !== 'claude') return { textFormat: textFormatOf(output) }
  return { textFormat: textFormatOf({ ...output, schema: strictOutput(output.schema, field, losses) }) }
}
