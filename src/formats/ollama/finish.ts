import { type Finish, type FinishReason, withToolCalls } from '../../chat/finish.ts'

/** Source: https://docs.ollama.com/api/chat, `done_reason`; `load` and `unload` occur for requests without a prompt. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  content_filter: 'content-filter',
}

/** Every value that Sluice writes. */
export const DONE_REASONS: readonly string[] = ['stop', 'length', 'content_filter']

/** Unknown reasons are `other` with their own name. A call ends with `stop` too. */
export function decodeFinish(value: unknown, hasToolCalls: boolean): Finish {
  const native = typeof value === 'string' && value !== '' ? value : undefined
  const reason = (native !== undefined && Object.hasOwn(REASONS, native) && REASONS[native]) || 'other'
  return withToolCalls({ reason, ...(native !== undefined && { native }) }, hasToolCalls)
}

/** The upstream's own reason if it was of this format. */
export function encodeFinish({ reason, native }: Finish, isOwn: boolean): string {
  if (isOwn && native !== undefined) return native
  // Ollama's servers have no filters; the list of values is open.
  if (reason === 'content-filter' || reason === 'refusal') return 'content_filter'
  return reason === 'length' || reason === 'context-full' ? 'length' : 'stop'
}
