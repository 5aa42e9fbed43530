/** Why an answer ended, in our words. */
export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'context-full'
  | 'tool-calls'
  | 'content-filter'
  /** The model itself declined. */
  | 'refusal'
  /** A hosted tool runs on: ask again to go on. */
  | 'pause'
  | 'malformed-tool-call'
  /** A reason newer than this list; `native` has its name. */
  | 'other'

export interface Finish {
  readonly reason: FinishReason
  /** The upstream's own word. */
  readonly native?: string
  /** The sequence that ended it, where the upstream says which. */
  readonly stopSequence?: string
  /** What else the upstream says about it: the category of a refusal, safety ratings. */
  readonly details?: unknown
}

/** An answer that ended normally and calls tools ended for them; length and filters win over calls. */
export const withToolCalls = (finish: Finish, hasToolCalls: boolean): Finish =>
  hasToolCalls && (finish.reason === 'stop' || finish.reason === 'other') ? { ...finish, reason: 'tool-calls' } : finish
