// What a message is made of: ordered parts, each of one kind.

/** Fields of one API format that the canonical model has no name for. They are sent to that format only. */
export type Extra = Readonly<Record<string, unknown>>

/** A mark of explicit prompt caching: the prompt may be cached up to here. */
export interface CacheMark {
  /** `5m`, `1h`, `30m`, `12h`; undefined: the upstream's default. */
  readonly ttl?: string
}

/**
 * Opaque data that only its issuer can read: a signature over reasoning, encrypted reasoning, a thought signature. It is
 * returned to the family of models that issued it, unchanged and at its place, and is sent to no other.
 */
export interface Seal {
  /** The issuer: an API format (`anthropic`, `gemini`, `openai-responses`, `bedrock-converse`) or a provider (`xai`). */
  readonly origin: string
  /** Signs the text beside it; without text it stands for hidden reasoning. */
  readonly signature?: string
  /** The reasoning itself, encrypted. */
  readonly data?: string
}

export interface Citation {
  /** Range in the text of its part, in UTF-16 units, end excluded. */
  readonly start?: number
  readonly end?: number
  readonly url?: string
  readonly title?: string
  /** The cited text. */
  readonly quote?: string
  /** The complete citation in its own format. */
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
  /** As declared: `image/png`, `application/pdf`; undefined if none was declared. */
  readonly mediaType?: string
  /** File name or title. */
  readonly name?: string
  /** The resolution at which an image is processed: `auto`, `low`, `high`, `original`. */
  readonly detail?: string
  /** Gemini signs the images that it generates. */
  readonly seal?: Seal
  readonly cache?: CacheMark
  readonly extra?: Extra
}

export interface ToolCallPart {
  readonly type: 'tool-call'
  /** The id that the result refers to; unique in the conversation. */
  readonly id: string
  readonly name: string
  /** JSON text of an object as received, with its key order and number formatting. Never empty: no arguments are `{}`. */
  readonly arguments: string
  /** The group of the tool: in responses for clients whose format has groups. */
  readonly namespace?: string
  /** The arguments are a free text, not JSON: in responses for clients whose format has such tools. */
  readonly isFreeform?: true
  /** It is a search for tools: in responses for clients whose format has such calls. */
  readonly isToolSearch?: true
  readonly cache?: CacheMark
  readonly seal?: Seal
  readonly extra?: Extra
}

export interface ToolResultPart {
  readonly type: 'tool-result'
  readonly callId: string
  /** The tool's name, if the format carries it. */
  readonly name?: string
  readonly content: readonly (TextPart | MediaPart | NativePart)[]
  readonly isError?: boolean
  /** The content was written as a plain string, not as a list. */
  readonly isPlain?: boolean
  readonly cache?: CacheMark
  readonly extra?: Extra
}

export interface ReasoningPart {
  readonly type: 'reasoning'
  /** The part that may be shown; empty if all of it is hidden. */
  readonly text: string
  /** The text is a summary by the provider, not the reasoning itself. */
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

/**
 * A part that exists in one format only, such as a hosted tool's call, carried unchanged. Other formats reject it by
 * name.
 */
export interface NativePart {
  readonly type: 'native'
  readonly format: string
  /** Its kind in that format, for messages: `server_tool_use`. */
  readonly kind: string
  readonly value: unknown
}

export type Part = TextPart | MediaPart | ToolCallPart | ToolResultPart | ReasoningPart | RefusalPart | NativePart
