import { isRecord } from '../fields/fields.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { FINISH_REASONS } from './finish.ts'

/**
 * Returns the violations of the grammar of Cohere's events; empty for a valid stream. Source:
 * https://docs.cohere.com/reference/chat-stream
 */
export function checkStream(frames: readonly Frame[]): string[] {
  const problems: string[] = []
  const open = new Set<string>()
  const next = { content: 0, 'tool-call': 0, citation: 0 } as Record<string, number>
  const events = frames.filter(({ data }) => data !== '[DONE]').map(({ data }) => JSON.parse(data) as unknown)
  for (const [at, event] of events.entries()) {
    if (!isRecord(event)) problems.push(`event ${at} is not an object`)
    else problems.push(...checkEvent(event, at, events.length, open, next))
  }
  // After a failure, open parts stay open.
  if (!isFailed(events.at(-1))) for (const key of open) problems.push(`${key} was never closed`)
  if (frames.at(-1)?.data !== '[DONE]') problems.push('[DONE] is missing')
  return problems
}

const isFailed = (event: unknown): boolean =>
  isRecord(event) && isRecord(event['delta']) && event['delta']['finish_reason'] === 'ERROR'

function checkEvent(
  { type, index, delta }: Readonly<Record<string, unknown>>,
  at: number,
  count: number,
  open: Set<string>,
  next: Record<string, number>,
): string[] {
  if ((type === 'message-start') !== (at === 0)) return [`event ${at} is ${String(type)}; message-start comes first`]
  if ((type === 'message-end') !== (at === count - 1)) return [`event ${at} is ${String(type)}; message-end comes last`]
  const reason = isRecord(delta) ? delta['finish_reason'] : undefined
  if (type === 'message-end')
    return FINISH_REASONS.includes(String(reason)) ? [] : [`finish_reason is ${String(reason)}`]
  const [, kind, step] = /^(content|tool-call|citation)-(start|delta|end)$/.exec(String(type)) ?? []
  if (kind === undefined) return []
  const key = `${kind} ${String(index)}`
  if (step === 'start') {
    const isNext = index === next[kind]
    next[kind] = next[kind]! + 1
    const isAlone = kind === 'citation' || open.size === 0
    open.add(key)
    return [...(isNext ? [] : [`${key} is out of order`]), ...(isAlone ? [] : [`${key} opens beside another`])]
  }
  const isOpen = open.has(key)
  if (step === 'end') open.delete(key)
  return isOpen ? [] : [`${String(type)} of ${key}, which is not open`]
}
