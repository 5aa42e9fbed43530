// What is asked for beside the conversation: limits, sampling, tiers, marks for the operator's logs.
import type { ChatRequest, OutputFormat, Sampling } from '../../chat/request.ts'
import { encodeMaxTokens, encodeSampling as encodeClaudeSampling } from '../claude/sampling.ts'
import { claudeModel } from '../claude/models.ts'
import { defined } from '../fields/defined.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { type Field, fieldName } from '../fields/field-names.ts'
import type { ConverseModel } from './models.ts'

const LACKING = [
  'minP',
  'seed',
  'frequencyPenalty',
  'presencePenalty',
  'logitBias',
  'logprobs',
  'topLogprobs',
] as const satisfies readonly (keyof Sampling)[]

/** Notes what Converse has no field for. Throws GatewayError `unsupported_parameter` for more than one answer. */
export function noteLacking(request: ChatRequest, losses: Losses): void {
  const { sampling, verbosity, store, cacheKey } = request
  const note = (field: Field) => losses.note(fieldName(request, field), 'removed: Bedrock has no such field')
  if ((sampling.choices ?? 1) > 1)
    throw unsupported(fieldName(request, 'choices'), 'Bedrock gives one answer to a call')
  // A penalty of 0 and `logprobs: false` are what happens without them.
  for (const field of LACKING)
    if (sampling[field] !== undefined && sampling[field] && sampling[field] !== 0) note(field)
  if (sampling.seed === 0) note('seed')
  if (verbosity !== undefined && verbosity !== 'medium') note('verbosity')
  if (store) note('store')
  if (cacheKey !== undefined) note('cacheKey')
}

/** Claude stops at a small number of tokens where none is said, so its most is said; others have theirs of themselves. */
export function maxTokensFor(request: ChatRequest, { family }: ConverseModel, name: string, losses: Losses) {
  return family === 'claude' ? encodeMaxTokens(request, claudeModel(name), losses) : request.maxOutput
}

export interface WireSampling {
  readonly temperature?: number
  readonly topP?: number
  /** Among the model's own fields. */
  readonly own: Readonly<Record<string, unknown>>
}

/** Temperature and the rest as far as the model takes them. */
export function encodeSampling(
  request: ChatRequest,
  model: ConverseModel,
  name: string,
  isThinking: boolean,
  losses: Losses,
): WireSampling {
  const taken =
    model.family === 'claude'
      ? encodeClaudeSampling(request, claudeModel(name), isThinking, losses)
      : otherSampling(request, model, losses)
  const { temperature, top_p: topP, top_k: topK } = taken
  return {
    ...defined({ temperature, topP }),
    own: topK === undefined ? {} : nested(model.topK!, topK),
  }
}

/** Temperatures go from 0 to 1 whatever the model. */
function otherSampling(request: ChatRequest, model: ConverseModel, losses: Losses) {
  const { temperature, topP, topK } = request.sampling
  if (temperature !== undefined && temperature > 1)
    losses.note(fieldName(request, 'temperature'), 'changed: 1, which is the most at Bedrock')
  if (topK !== undefined && !model.topK) losses.note(fieldName(request, 'topK'), 'removed: this model does not take it')
  return defined({
    temperature: temperature === undefined ? undefined : Math.min(temperature, 1),
    top_p: topP,
    top_k: model.topK ? topK : undefined,
  })
}

const nested = (path: readonly string[], value: unknown): Record<string, unknown> =>
  path.reduceRight((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>

/** Sequences with something in them: Bedrock refuses empty ones, and Claude white space. */
export function encodeStop(request: ChatRequest, losses: Losses): readonly string[] | undefined {
  const stop = request.stop.filter((sequence) => sequence.trim() !== '')
  if (stop.length < request.stop.length)
    losses.note(fieldName(request, 'stop'), 'removed: Bedrock takes no sequences of white space alone')
  return stop.length > 0 ? stop : undefined
}

const TIERS: ReadonlySet<string> = new Set(['default', 'flex', 'priority', 'reserved'])
const UNKNOWN_TIERS: ReadonlySet<string> = new Set(['scale', 'fast'])

/** Bedrock's tiers have OpenAI's names; `auto` is what it does by itself. */
export function encodeTier(request: ChatRequest, losses: Losses): object | undefined {
  const { tier } = request
  if (tier === undefined || tier === 'auto') return undefined
  if (TIERS.has(tier)) return { type: tier }
  const field = fieldName(request, 'tier')
  if (!UNKNOWN_TIERS.has(tier)) throw unsupported(field, `Bedrock has no tier "${tier}"`)
  losses.note(field, `removed: Bedrock has no tier "${tier}"`)
  return undefined
}

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, `requestMetadata` */
const METADATA_KEY = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{1,256}$/
const METADATA_VALUE = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{0,256}$/
const MOST_METADATA = 16

/** What the operator finds again in Bedrock's logs: the client's metadata, and its end user. */
export function encodeMetadata(request: ChatRequest, losses: Losses): Readonly<Record<string, string>> | undefined {
  const { metadata = {}, user } = request
  const kept: Record<string, string> = {}
  const keep = (key: string, value: unknown, field: string) => {
    const fits = METADATA_KEY.test(key) && typeof value === 'string' && METADATA_VALUE.test(value)
    if (fits && Object.keys(kept).length < MOST_METADATA) kept[key] = value
    else losses.note(field, 'removed: Bedrock keeps 16 plain texts of 256 characters at most')
  }
  if (user !== undefined) keep('user_id', user, fieldName(request, 'user'))
  for (const [key, value] of Object.entries(metadata)) keep(key, value, `${fieldName(request, 'metadata')}.${key}`)
  return Object.keys(kept).length > 0 ? kept : undefined
}

export const JSON_ONLY = { text: 'Answer with one JSON object and nothing else.' }

type SchemaOutput = Extract<OutputFormat, { type: 'json-schema' }>

/** The schema is a text there: `text`. */
export const textFormatOf = ({ schema, name, description }: SchemaOutput, text = JSON.stringify(schema)): object => ({
  type: 'json_schema',
  structure: { jsonSchema: { schema: text, name, description } },
})

/** Throws GatewayError `unsupported_parameter` for a schema that the model does not answer by. */
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
    losses.note(field, 'changed: Bedrock has no JSON mode, so the model is told to answer with JSON')
    return { instruction: JSON_ONLY }
  }
  if (family === 'claude' && !claudeModel(name).hasSchemas)
    throw unsupported(field, 'this model does not answer by a schema')
  return { textFormat: textFormatOf(output) }
}
