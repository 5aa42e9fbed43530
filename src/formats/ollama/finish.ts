import { type Finish, type FinishReason, withToolCalls } from '../../chat/finish.ts'

/** Source: https://docs.ollama.com/api/chat, `done_reason`; `load` and `unload` answer requests without a prompt. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  content_filter: 'content-filter',
}

/** Every word that we write. */
export const DONE_REASONS: readonly string[] = ['stop', 'length', 'content_filter']

/** Unknown words are `other`, under their own name. A call ends with `stop` too. */
export function decodeFinish(word: unknown, hasToolCalls: boolean): Finish {
  const native = typeof word === 'string' && word !== '' ? word : undefined
  const reason = (native !== undefined && Object.hasOwn(REASONS, native) && REASONS[native]) || 'other'
  return withToolCalls({ reason, ...(native !== undefined && { native }) }, hasToolCalls)
}

/** The upstream's own word where it was this language's. */
export function encodeFinish({ reason, native }: Finish, isOwn: boolean): string {
  if (isOwn && native !== undefined) return native
  // Its servers filter nothing; the list of words is an open one.
  if (reason === 'content-filter' || reason === 'refusal') return 'content_filter'
  return reason === 'length' || reason === 'context-full' ? 'length' : 'stop'
}
