import type { UpstreamError } from '../../chat/upstream-error.ts'
import { failedFinish } from '../openai-shared/failed-finish.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { readUsage, type Usage } from './read-usage.ts'

/** How a stream ended, read from its last events. */
export interface StreamEnd {
  readonly hasDone: boolean
  /** A finish reason or `[DONE]` was received: nothing is missing. */
  readonly isComplete: boolean
  readonly usage: Usage | undefined
  readonly error: UpstreamError | undefined
}

/** Reads the `data` of a stream's last events: usage, finish reason, `[DONE]`, an error. Unknown events are ignored. */
export function readStreamEnd(data: readonly string[]): StreamEnd {
  let hasDone = false
  let hasFinish = false
  let usage: Usage | undefined
  let error: UpstreamError | undefined
  for (const text of data) {
    if (text === '[DONE]') hasDone = true
    else if (isErrorData(text)) error = errorIn(text)
    else {
      const chunk = parseChunk(text)
      hasFinish ||= choicesOf(chunk).some((choice) => Boolean(choice?.finish_reason)) // some servers send "" until the end
      if (chunk?.usage) usage = readUsage(JSON.stringify(chunk.usage))
    }
  }
  return { hasDone, isComplete: hasDone || hasFinish, usage, error }
}

/**
 * True for the event that servers send after a failure: `{"error": ...}` instead of a chunk, or, from OpenRouter,
 * a last chunk with an `error` beside its choices, or, from Mistral, a choice that ended with the reason `error`.
 * Source: https://openrouter.ai/docs/api/reference/streaming
 */
export function isErrorData(text: string): boolean {
  if (!text.includes('"error"')) return false
  const chunk = parseChunk(text)
  return chunk !== undefined && (Boolean(chunk.error) || chunk.object === 'error' || failedChoice(chunk) !== undefined)
}

/** The error of such an event. */
export const errorIn = (text: string): UpstreamError =>
  decodeError(text) ?? failedChoice(parseChunk(text)) ?? UNREADABLE

const UNREADABLE: UpstreamError = { message: 'The upstream gave no message.', kind: 'internal', isEnvelope: false }

const failedChoice = (chunk: Chunk | undefined): UpstreamError | undefined =>
  choicesOf(chunk)
    .map((choice) => failedFinish(choice?.finish_reason))
    .find((failure) => failure !== undefined)

/** True for the event that only carries usage, without choices. */
export function isUsageOnly(text: string): boolean {
  const chunk = parseChunk(text)
  return Array.isArray(chunk?.choices) && chunk.choices.length === 0 && Boolean(chunk.usage)
}

interface Chunk {
  readonly object?: unknown
  readonly error?: unknown
  readonly usage?: unknown
  readonly choices?: unknown
}

const choicesOf = (chunk: Chunk | undefined): readonly ({ readonly finish_reason?: unknown } | null)[] =>
  Array.isArray(chunk?.choices) ? chunk.choices : []

function parseChunk(text: string): Chunk | undefined {
  try {
    const chunk: unknown = JSON.parse(text)
    return typeof chunk === 'object' && chunk !== null ? chunk : undefined
  } catch {
    return undefined
  }
}
