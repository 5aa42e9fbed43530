import { invalidField } from './errors.ts'
import { type Fields, readFlag, readNumber, readObject, readStrings } from './fields.ts'

/** The parameters that chat and completions requests share. */
export interface Sampling {
  readonly n: number
  /** Undefined if the request has no limit. */
  readonly maxTokens: number | undefined
  readonly minTokens: number
  readonly endless: boolean
  readonly stop: readonly string[]
  readonly keepStop: boolean
  readonly seed: number
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly continuousUsage: boolean
}

const positive = { min: 1, integer: true }

export function readSampling(fields: Fields): Sampling {
  checkRanges(fields)
  const stream = readFlag(fields, 'stream')
  const streamOptions = readObject(fields, 'stream_options')
  if (streamOptions && !stream) invalidField('stream_options', 'Stream options can only be defined when `stream=True`.')
  const includeUsage = streamOptions ? readFlag(streamOptions, 'include_usage') : false
  const maxTokens = readNumber(fields, 'max_completion_tokens', positive) ?? readNumber(fields, 'max_tokens', positive)
  const minTokens = readNumber(fields, 'min_tokens', { min: 0, integer: true }) ?? 0
  if (maxTokens !== undefined && minTokens > maxTokens)
    invalidField('min_tokens', `min_tokens must be less than or equal to max_tokens=${maxTokens}, got ${minTokens}.`)
  return {
    n: readNumber(fields, 'n', { ...positive, max: 128 }) ?? 1,
    maxTokens,
    minTokens,
    endless: readFlag(fields, 'ignore_eos'),
    stop: readStrings(fields, 'stop').filter((text) => text !== ''),
    keepStop: readFlag(fields, 'include_stop_str_in_output'),
    seed: readNumber(fields, 'seed', { integer: true }) ?? 0,
    stream,
    includeUsage,
    continuousUsage: includeUsage && streamOptions !== undefined && readFlag(streamOptions, 'continuous_usage_stats'),
  }
}

/** Checks fields that have no effect here, because a real server rejects values out of range. */
function checkRanges(fields: Fields): void {
  readNumber(fields, 'temperature', { min: 0, max: 2 })
  readNumber(fields, 'top_p', { min: 0, max: 1 })
  readNumber(fields, 'presence_penalty', { min: -2, max: 2 })
  readNumber(fields, 'frequency_penalty', { min: -2, max: 2 })
  if (fields['logprobs']) invalidField('logprobs', 'This server does not compute log probabilities.')
}
