/** Why a response ended: the canonical reasons. */
export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'context-full'
  | 'tool-calls'
  | 'content-filter'
  /** The model itself declined. */
  | 'refusal'
  /** A hosted tool is still running: the client must send another request to continue. */
  | 'pause'
  | 'malformed-tool-call'
  /** A reason that is not in this list; `native` has its name. */
  | 'other'

export interface Finish {
  readonly reason: FinishReason
  /** The upstream's own value. */
  readonly native?: string
  /** The stop sequence that ended it, if the upstream reports it. */
  readonly stopSequence?: string
  /** Further details from the upstream: the category of a refusal, safety ratings. */
  readonly details?: unknown
}

/**
 * Why a model or a filter declined, in words for the user: Claude's `stop_details.explanation`, Gemini's
 * `finishMessage`. Undefined for any other finish.
 */
export function explanationOf({ reason, details }: Finish): string | undefined {
  if (reason !== 'refusal' && reason !== 'content-filter') return undefined
  if (typeof details === 'string') return details === '' ? undefined : details
  if (typeof details !== 'object' || details === null || !('explanation' in details)) return undefined
  return typeof details.explanation === 'string' && details.explanation !== '' ? details.explanation : undefined
}

/** A response that ended normally and has tool calls gets the reason `tool-calls`; length and filters take precedence. */
export const withToolCalls = (finish: Finish, hasToolCalls: boolean): Finish =>
  hasToolCalls && (finish.reason === 'stop' || finish.reason === 'other') ? { ...finish, reason: 'tool-calls' } : finish
