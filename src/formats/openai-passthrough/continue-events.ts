import { eventData } from '../../codecs/framing/events.ts'
import { isPreamble } from './first-event.ts'
import type { StreamIdentity } from './fold-stream.ts'
import { isUsageOnly } from './stream-tail.ts'

interface Continued {
  readonly identity: StreamIdentity
  /** Tokens of the answer that had been said before. */
  readonly tokensBefore: number
}

interface Chunk {
  usage?: Record<string, unknown> | null
}

/**
 * The events of a server that goes on, as the events of the stream that it continues: one id, no second beginning, and
 * the tokens said before counted as output instead of as prompt.
 */
export function continueEvents(events: Uint8Array, { identity, tokensBefore }: Continued): Uint8Array {
  const shown = eventData(Buffer.from(events).toString()).flatMap((data) => {
    if (!data.startsWith('{')) return [data]
    if (isPreamble(data) && !data.includes('"usage":{')) return [] // the client has had its role
    const chunk = { ...(JSON.parse(data) as Chunk), ...identity }
    if (chunk.usage) chunk.usage = continuedUsage(chunk.usage, tokensBefore)
    return [JSON.stringify(chunk)]
  })
  return Buffer.from(shown.map((data) => `data: ${data}\n\n`).join(''))
}

/** Of the events of a server that was asked to go on in a finished answer, what that answer still owes: usage and the end. */
export function usageEvents(events: Uint8Array, { identity, tokensBefore }: Continued): Uint8Array {
  const shown = eventData(Buffer.from(events).toString()).flatMap((data) => {
    if (!isUsageOnly(data)) return data === '[DONE]' ? [data] : []
    const chunk = { ...(JSON.parse(data) as Chunk), ...identity }
    return [JSON.stringify({ ...chunk, usage: finishedUsage(chunk.usage!, tokensBefore) })]
  })
  return Buffer.from(shown.map((data) => `data: ${data}\n\n`).join(''))
}

/** Whatever it said beyond the end is not part of the answer. */
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
