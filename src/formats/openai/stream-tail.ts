import { decodeError, type UpstreamComplaint } from './decode-error.ts'
import { readUsage, type Usage } from './read-usage.ts'

/** How a stream ended, read from its last events. */
export interface StreamEnd {
  readonly hasDone: boolean
  /** A finish reason or `[DONE]` was there: nothing is missing. */
  readonly isComplete: boolean
  readonly usage: Usage | undefined
  readonly complaint: UpstreamComplaint | undefined
}

/** Reads the `data` of a stream's last events: usage, finish reason, `[DONE]`, an error. Newer things pass unseen. */
export function readStreamEnd(data: readonly string[]): StreamEnd {
  let hasDone = false
  let hasFinish = false
  let usage: Usage | undefined
  let complaint: UpstreamComplaint | undefined
  for (const text of data) {
    if (text === '[DONE]') hasDone = true
    else if (isErrorData(text)) complaint = decodeError(text)
    else {
      const chunk = parseChunk(text)
      hasFinish ||= chunk?.choices?.some((choice) => typeof choice?.finish_reason === 'string') ?? false
      if (chunk?.usage) usage = readUsage(JSON.stringify(chunk.usage))
    }
  }
  return { hasDone, isComplete: hasDone || hasFinish, usage, complaint }
}

/** True for the event that servers send instead of a chunk when something failed: `{"error": ...}` without choices. */
export function isErrorData(text: string): boolean {
  if (!text.includes('"error"') && !text.includes('"object":"error"')) return false
  const chunk = parseChunk(text)
  return chunk !== undefined && chunk.choices === undefined && (Boolean(chunk.error) || chunk.object === 'error')
}

/** True for the event that only carries usage: no choices in it. */
export function isUsageOnly(text: string): boolean {
  const chunk = parseChunk(text)
  return chunk?.choices?.length === 0 && Boolean(chunk.usage)
}

interface Chunk {
  readonly object?: string
  readonly error?: unknown
  readonly usage?: object | null
  readonly choices?: readonly ({ readonly finish_reason?: string | null } | undefined)[]
}

function parseChunk(text: string): Chunk | undefined {
  try {
    const chunk: unknown = JSON.parse(text)
    return typeof chunk === 'object' && chunk !== null ? chunk : undefined
  } catch {
    return undefined
  }
}
