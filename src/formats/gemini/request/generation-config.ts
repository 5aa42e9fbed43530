import type { ChatRequest, OutputFormat, ReasoningControl, Sampling } from '../../../chat/request.ts'
import type { Fields } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { withOriginal } from '../../fields/originals.ts'
import { fieldName } from '../../fields/field-names.ts'
import type { GeminiModel } from '../models.ts'
import { extraOf, pathOf, protoObject, protoObjects, protoNumber } from '../proto.ts'
import { decodeThinking, encodeOwnThinking, encodeThinking } from './reasoning.ts'
import { decodeSchema, encodeSchema } from './tools.ts'

const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain'
const MAX_STOPS = 5

/** Sampling fields that are numbers: the canonical name and Google's name. */
const NUMBERS = [
  ['temperature', 'temperature'],
  ['topP', 'topP'],
  ['topK', 'topK'],
  ['seed', 'seed'],
  ['presencePenalty', 'presencePenalty'],
  ['frequencyPenalty', 'frequencyPenalty'],
  ['topLogprobs', 'logprobs'],
  ['choices', 'candidateCount'],
] as const satisfies readonly (readonly [keyof Sampling, string])[]

export interface GenerationConfig {
  readonly sampling: Sampling
  readonly maxOutput?: number
  readonly stop: readonly string[]
  readonly output?: OutputFormat
  readonly reasoning?: ReasoningControl
  /** Unread fields by their path: `generationConfig.responseModalities`. */
  readonly extra: Record<string, unknown>
}

/** Reads `generationConfig`. Source: https://ai.google.dev/api/generate-content#generationconfig */
export function decodeConfig(body: Fields): GenerationConfig {
  const config = protoObject(body, 'generationConfig')
  if (!config) return { sampling: {}, stop: [], extra: {} }
  const maxOutput = protoNumber(config, 'maxOutputTokens')
  const thinking = protoObject(config, 'thinkingConfig')
  const { reasoning, extra } = thinking ? decodeThinking(thinking) : { extra: {} }
  const output = decodeOutput(config, extra)
  const sampling = decodeSampling(config)
  const stop = (config.list('stopSequences') ?? []).map(String)
  Object.assign(extra, extraOf([[config.path, config]]).extra)
  return {
    sampling,
    stop,
    extra,
    ...(maxOutput !== undefined && { maxOutput }),
    ...(output && { output }),
    ...(reasoning && { reasoning }),
  }
}

function decodeSampling(config: Fields): Sampling {
  const sampling: Record<string, unknown> = {}
  for (const [canonical, native] of NUMBERS) {
    const value = protoNumber(config, native)
    if (value !== undefined) sampling[canonical] = value
  }
  const logprobs = config.boolean('responseLogprobs')
  return { ...sampling, ...(logprobs !== undefined && { logprobs }) }
}

/** Reads the output format. Other media types (`text/x.enum`) have no canonical equivalent and stay extra fields. */
function decodeOutput(config: Fields, extra: Record<string, unknown>): OutputFormat | undefined {
  const format = decodeFormat(config, extra)
  if (format) return format
  const type = config.string('responseMimeType')
  if (type !== undefined && type !== JSON_TYPE && type !== TEXT_TYPE) {
    extra[pathOf(config, 'responseMimeType')] = type
    return undefined
  }
  const schema = decodeSchema(config, 'responseSchema', 'responseJsonSchema', '_responseJsonSchema')
  if (schema) return { type: 'json-schema', schema }
  return type === undefined ? undefined : { type: type === JSON_TYPE ? 'json' : 'text' }
}

/**
 * Vertex's newer form, a list of formats: `[{text: {mimeType, schema}}]`. Several, or other than text, stay an extra
 * field.
 */
function decodeFormat(config: Fields, extra: Record<string, unknown>): OutputFormat | undefined {
  const formats = protoObjects(config, 'responseFormat')
  if (!formats) return undefined
  const value = config.any('responseFormat')
  const text = formats.length === 1 ? protoObject(formats[0]!, 'text') : undefined
  const schema = text?.record('schema')
  if (schema && !formats[0]!.rest())
    return { type: 'json-schema', schema: withOriginal({ ...schema }, { field: 'responseFormat', value }) }
  extra[pathOf(config, 'responseFormat')] = value
  return undefined
}

export function encodeConfig(request: ChatRequest, model: GeminiModel, losses: Losses): Record<string, unknown> {
  const { sampling, maxOutput, stop, reasoning } = request
  const isOwn = request.format === 'gemini'
  if (stop.length > MAX_STOPS && !isOwn)
    throw unsupported(fieldName(request, 'stop'), `Gemini accepts at most ${MAX_STOPS} stop sequences`)
  const thinking = isOwn ? reasoning && encodeOwnThinking(reasoning) : encodeThinking(request, model, losses)
  return {
    ...encodeSampling(request, losses),
    ...(maxOutput !== undefined && { maxOutputTokens: maxOutput }),
    ...(stop.length > 0 && { stopSequences: stop }),
    ...encodeOutput(request, model, losses),
    ...(sampling.logprobs !== undefined && { responseLogprobs: sampling.logprobs }),
    ...(thinking && Object.keys(thinking).length > 0 && { thinkingConfig: thinking }),
  }
}

function encodeSampling(request: ChatRequest, losses: Losses): Record<string, unknown> {
  const { sampling } = request
  for (const field of ['minP', 'logitBias'] as const)
    if (sampling[field] !== undefined) losses.note(fieldName(request, field), 'removed: Gemini has no such field')
  const config: Record<string, unknown> = {}
  for (const [canonical, native] of NUMBERS) if (sampling[canonical] !== undefined) config[native] = sampling[canonical]
  return config
}

function encodeOutput(request: ChatRequest, model: GeminiModel, losses: Losses): Record<string, unknown> {
  const { output } = request
  if (!output) return {}
  if (output.type === 'text') return { responseMimeType: TEXT_TYPE }
  if (output.type === 'json') return { responseMimeType: JSON_TYPE }
  const field = fieldName(request, 'output')
  // The name has no effect, and Gemini enforces every schema, so neither `name` nor `strict` is lost.
  if (output.description !== undefined)
    losses.note(`${field}.description`, 'removed: Gemini has no description of schemas')
  const schema = encodeSchema(output.schema, ['responseSchema', 'responseJsonSchema'], model, field, losses)
  return 'responseFormat' in schema ? schema : { responseMimeType: JSON_TYPE, ...schema }
}
