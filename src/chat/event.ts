// The canonical stream: the events of every API format are decoded into it and encoded from it.
import type { UpstreamError } from './upstream-error.ts'
import type { Finish } from './finish.ts'
import type { Citation, Extra, MediaPart, NativePart, Seal, ToolCallPart } from './part.ts'
import type { TokenLogprob } from './response.ts'
import type { Usage } from './usage.ts'

/** A part as it opens. Media and native parts are complete in their opening. */
export type PartOpening =
  | { readonly type: 'text' | 'refusal' }
  | { readonly type: 'reasoning'; readonly isSummary?: boolean; readonly id?: string }
  | ({ readonly type: 'tool-call' } & Pick<
      ToolCallPart,
      'id' | 'name' | 'namespace' | 'isFreeform' | 'isToolSearch' | 'extra'
    >)
  | MediaPart
  | NativePart

/**
 * The order in a stream: one `start`; then parts, each `part-start`, any number of deltas, seals and citations,
 * `part-end`; `usage` whenever a newer count is known (the last one counts); one `finish` for each choice, after which
 * no part of that choice follows; or an `error`, after which nothing follows. The seal of a tool call comes before its
 * arguments, because some formats put it before the call. `choice` counts from 0. `index` counts the parts of a choice
 * from 0 in the order in which they open. Several parts of one choice may be open at once where the upstream
 * interleaves them.
 */
export type ChatEvent =
  | {
      readonly type: 'start'
      /** The format it was decoded from; the `extra` fields of the stream belong to that format. */
      readonly format?: string
      readonly id?: string
      readonly model?: string
      /** Seconds since 1970. */
      readonly created?: number
      readonly tier?: string
      readonly extra?: Extra
    }
  | { readonly type: 'part-start'; readonly choice: number; readonly index: number; readonly part: PartOpening }
  /** More text of a text, refusal or reasoning part; more argument JSON of a tool call. Never empty. */
  | { readonly type: 'part-delta'; readonly choice: number; readonly index: number; readonly text: string }
  | { readonly type: 'part-seal'; readonly choice: number; readonly index: number; readonly seal: Seal }
  | { readonly type: 'part-citation'; readonly choice: number; readonly index: number; readonly citation: Citation }
  | { readonly type: 'part-end'; readonly choice: number; readonly index: number }
  | { readonly type: 'logprobs'; readonly choice: number; readonly tokens: readonly TokenLogprob[] }
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'finish'; readonly choice: number; readonly finish: Finish; readonly extra?: Extra }
  | { readonly type: 'error'; readonly error: UpstreamError }
