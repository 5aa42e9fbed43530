// What a message is made of: ordered parts, each of one kind.

/** Fields that one wire language has and the model here has no name for. They go back to that language only. */
export type Extra = Readonly<Record<string, unknown>>

/** "Up to here the prompt may be kept": a mark of explicit prompt caching. */
export interface CacheMark {
  /** `5m`, `1h`, `30m`, `12h`; undefined: the upstream's own default. */
  readonly ttl?: string
}

/**
 * Something that only its maker can read: a signature over reasoning, encrypted reasoning, a thought signature. It goes
 * back to the family of models that made it, unchanged and at its place, and to nobody else.
 */
export interface Seal {
  /** Who made it: a wire language (`anthropic`, `gemini`, `openai-responses`, `bedrock-converse`), or a provider of its own. */
  readonly origin: string
  /** Covers the text beside it; or, without text, stands for hidden reasoning. */
  readonly signature?: string
  /** Reasoning itself, encrypted. */
  readonly data?: string
}

export interface Citation {
  /** Range in the text of its part, in UTF-16 units, end excluded. */
  readonly start?: number
  readonly end?: number
  readonly url?: string
  readonly title?: string
  /** The cited words. */
  readonly quote?: string
  /** The whole citation, as its own language has it. */
  readonly native: { readonly format: string; readonly value: unknown }
}

export interface TextPart {
  readonly type: 'text'
  readonly text: string
  readonly citations?: readonly Citation[]
  readonly cache?: CacheMark
  /** Gemini signs plain text too. */
  readonly seal?: Seal
  readonly extra?: Extra
}

export type MediaKind = 'image' | 'audio' | 'video' | 'file'

export type MediaSource =
  /** Base64 without white space. */
  | { readonly type: 'base64'; readonly data: string }
  | { readonly type: 'url'; readonly url: string }
  /** A file that was uploaded to the provider before. */
  | { readonly type: 'id'; readonly id: string }
  /** A document that is plain text. */
  | { readonly type: 'text'; readonly text: string }

export interface MediaPart {
  readonly type: 'media'
  readonly kind: MediaKind
  readonly source: MediaSource
  /** As declared: `image/png`, `application/pdf`; undefined when nobody said. */
  readonly mediaType?: string
  /** File name or title. */
  readonly name?: string
  /** `auto`, `low`, `high`, `original`: how closely an image is looked at. */
  readonly detail?: string
  readonly cache?: CacheMark
  readonly extra?: Extra
}

export interface ToolCallPart {
  readonly type: 'tool-call'
  /** By which the result refers to it; unique in the conversation. */
  readonly id: string
  readonly name: string
  /** JSON text of an object as it came, key order and spelling of numbers included; never empty: no arguments are `{}`. */
  readonly arguments: string
  readonly cache?: CacheMark
  readonly seal?: Seal
  readonly extra?: Extra
}

export interface ToolResultPart {
  readonly type: 'tool-result'
  readonly callId: string
  /** The tool's name where the language says it. */
  readonly name?: string
  readonly content: readonly (TextPart | MediaPart | NativePart)[]
  readonly isError?: boolean
  /** The content was written as one bare text. */
  readonly isPlain?: boolean
  readonly cache?: CacheMark
  readonly extra?: Extra
}

export interface ReasoningPart {
  readonly type: 'reasoning'
  /** What may be shown; empty when all of it is hidden. */
  readonly text: string
  /** The text is a summary that the provider wrote, not the reasoning itself. */
  readonly isSummary?: boolean
  /** The provider's id of the item, needed to replay it. */
  readonly id?: string
  readonly seal?: Seal
  readonly extra?: Extra
}

export interface RefusalPart {
  readonly type: 'refusal'
  readonly text: string
  readonly extra?: Extra
}

/** A part that only one language has (a hosted tool's call, say), carried whole. Elsewhere it is refused by name. */
export interface NativePart {
  readonly type: 'native'
  readonly format: string
  /** Its kind in that language, for messages: `server_tool_use`. */
  readonly kind: string
  readonly value: unknown
}

export type Part = TextPart | MediaPart | ToolCallPart | ToolResultPart | ReasoningPart | RefusalPart | NativePart
