import { eventData } from '../../codecs/framing/events.ts'
import { isPreamble } from './first-event.ts'
import type { StreamIdentity } from './fold-stream.ts'
import { isUsageOnly } from './stream-tail.ts'

interface Continued {
  readonly identity: StreamIdentity
  /** Output tokens that were generated before. */
  readonly tokensBefore: number
}

interface Chunk {
  usage?: Record<string, unknown> | null
}

/**
 * Rewrites the events of a resuming server as events of the stream that it continues: with the same id, without a second
 * beginning, and with the earlier tokens counted as output instead of prompt.
 */
export function continueEvents(events: Uint8Array, { identity, tokensBefore }: Continued): Uint8Array {
  const shown = eventData(Buffer.from(events).toString()).flatMap((data) => {
    if (!data.startsWith('{')) return [data]
    if (isPreamble(data) && !data.includes('"usage":{')) return [] // the client already has the role
    const chunk = { ...(JSON.parse(data) as Chunk), ...identity }
    if (chunk.usage) chunk.usage = continuedUsage(chunk.usage, tokensBefore)
    return [JSON.stringify(chunk)]
  })
  return Buffer.from(shown.map((data) => `data: ${data}\n\n`).join(''))
}

/**
 * The remaining events of a finished response, from the events of a server that was asked to continue it: usage and
 * `[DONE]`.
 */
export function usageEvents(events: Uint8Array, { identity, tokensBefore }: Continued): Uint8Array {
  const shown = eventData(Buffer.from(events).toString()).flatMap((data) => {
    if (!isUsageOnly(data)) return data === '[DONE]' ? [data] : []
    const chunk = { ...(JSON.parse(data) as Chunk), ...identity }
    return [JSON.stringify({ ...chunk, usage: finishedUsage(chunk.usage!, tokensBefore) })]
  })
  return Buffer.from(shown.map((data) => `data: ${data}\n\n`).join(''))
}

/** Tokens that the server generated after the end are not part of the response. */
function finishedUsage(usage: Record<string, unknown>, tokens: number): Record<string, unknown> {
  const { prompt_tokens: prompt } = usage
  if (typeof prompt !== 'number') return usage
  const requested = Math.max(0, prompt - tokens)
  return { ...usage, prompt_tokens: requested, completion_tokens: tokens, total_tokens: requested + tokens }
}

function continuedUsage(usage: Record<string, unknown>, tokensBefore: number): Record<string, unknown> {
  const { prompt_tokens: prompt, completion_tokens: completion } = usage
  if (typeof prompt !== 'number' || typeof completion !== 'number') return usage
  return { ...usage, prompt_tokens: Math.max(0, prompt - tokensBefore), completion_tokens: completion + tokensBefore }
}
