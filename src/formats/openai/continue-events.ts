import { eventData } from '../sse.ts'
import { isPreamble } from './first-event.ts'
import type { StreamIdentity } from './fold-stream.ts'

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

function continuedUsage(usage: Record<string, unknown>, tokensBefore: number): Record<string, unknown> {
  const { prompt_tokens: prompt, completion_tokens: completion } = usage
  if (typeof prompt !== 'number' || typeof completion !== 'number') return usage
  return { ...usage, prompt_tokens: Math.max(0, prompt - tokensBefore), completion_tokens: completion + tokensBefore }
}
