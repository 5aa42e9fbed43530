// The interface of an API format: the same functions in each folder, decoding and encoding, complete and streamed. All
// are pure.
import type { UpstreamError } from '../chat/upstream-error.ts'
import type { ChatEvent } from '../chat/event.ts'
import type { MediaPart } from '../chat/part.ts'
import type { ChatRequest } from '../chat/request.ts'
import type { ChatResponse } from '../chat/response.ts'
import type { GatewayError } from '../errors.ts'
import type { Frame, FrameReader } from '../codecs/framing/frame.ts'
import type { Losses } from './translation/losses.ts'

/** What a request states outside its body. */
export interface RequestFacts {
  /** The model in the path. */
  readonly model: string | undefined
  /** Whether the path requests a stream; undefined if the body decides. */
  readonly stream: boolean | undefined
}

/** A feature that some servers of a format have beyond the format. */
export type Capability =
  /** It accepts earlier reasoning as `reasoning_content`. */
  | 'reasoning-content'
  /** It accepts earlier reasoning as `reasoning`. */
  | 'reasoning'
  /** It accepts earlier reasoning as `reasoning_details`, sealed by the provider behind it (OpenRouter, Vercel). */
  | 'reasoning-details'
  /** It accepts Anthropic's `cache_control` on parts and tools, which its format does not have. */
  | 'cache-control'
  /** It continues a final assistant message. */
  | 'prefill'
  /** It fetches images and files from https URLs itself. */
  | 'fetches-urls'
  /** It has service tiers, which not all servers of its format have (Gemini's API, not Vertex). */
  | 'service-tier'
  /** It keeps message threads (`thread`), which only Anthropic itself does. */
  | 'threads'
  /** It accepts `top_k`, which its format does not have. */
  | 'top-k'

/** A feature of a format that some servers of it do not have. */
export type Feature =
  /** The role `developer`, which OpenAI's own models have. Other servers get `system`. */
  | 'developer-role'
  /** Instructions after the first message. Chat templates of open models reject them, and also two at the beginning. */
  | 'later-instructions'
  /** Arguments of earlier calls that are not a JSON object. Chat templates of open models get them parsed. */
  | 'unreadable-arguments'
  /** Tools of OpenAI's Responses API other than functions that the client runs: with free text, in a namespace, a search for tools. */
  | 'client-tools'

/** What an encoder knows about the target of a request. */
export interface Target {
  /** The upstream's name for the model. */
  readonly model: string
  /** The model behind an alias or a deployment, for looking up model features; otherwise the same as `model`. */
  readonly baseModel: string
  readonly capabilities: ReadonlySet<Capability>
  /** What it lacks of its format; undefined: nothing. */
  readonly lacks?: ReadonlySet<Feature>
}

/** What a response encoder knows about the request. */
export interface ResponseFacts {
  readonly request: ChatRequest
  /** The id of the response if the upstream's cannot be used: letters and digits, unique. */
  readonly id: string
  /** The response is stored for later requests; `previousId`: the response that the request refers to. */
  readonly stored?: { readonly previousId: string | undefined }
  /** Seconds since 1970, for formats with a creation time. */
  readonly created: number
  /** Milliseconds since the request arrived, for formats that report durations; undefined: not known. */
  readonly elapsedMs?: () => number
  /** Usage is written with the finish, even if the client did not request it: its provider always sends it so. */
  readonly usageWithFinish?: boolean
  /** The model name to report to the client; undefined: the name that the upstream reports, or else the requested one. */
  readonly model: string | undefined
}

/** Decodes one upstream's stream. Throws GatewayError `upstream_malformed` for invalid events. */
export interface EventDecoder {
  push(frame: Frame): readonly ChatEvent[]
  /**
   * The events that the end of the stream completes. Throws GatewayError `upstream_cut` if the terminal event is
   * missing.
   */
  end(): readonly ChatEvent[]
}

/** Encodes one client's stream. */
export interface EventEncoder {
  /** The bytes to send, as text; empty if there is nothing to send yet. */
  push(event: ChatEvent): string
  /** The terminal events. Called once, after the last event, unless the stream ended in an error. */
  end(): string
  /** The error event, with the events that the format requires after it. Nothing is sent afterwards. */
  fail(error: GatewayError): string
}

export interface ErrorResponse {
  readonly status: number
  readonly body: string
  /** Headers of the format that name the error. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A format in which Sluice serves clients. */
export interface ClientFormat {
  /** Throws GatewayError `invalid_request`, naming the field. */
  readonly decodeRequest: (body: unknown, facts: RequestFacts) => ChatRequest
  /**
   * The request with what only this format has (tools with free text, calls of such tools, groups of tools) in the terms
   * that every format has; undefined: it has nothing of this kind. Throws GatewayError `unsupported_parameter`.
   */
  readonly generalize?: (request: ChatRequest, losses: Losses) => ChatRequest
  /** The same for a server of this format that lacks the tools of clients (`client-tools`): the rest stays. */
  readonly plainTools?: (request: ChatRequest, losses: Losses) => ChatRequest
  /** The body of a response, as a JSON value. */
  readonly encodeResponse: (response: ChatResponse, facts: ResponseFacts, losses: Losses) => unknown
  readonly createEncoder: (facts: ResponseFacts, losses: Losses) => EventEncoder
  readonly encodeError: (error: GatewayError, requestId: string) => ErrorResponse
  /** The text that keeps a silent stream's connection alive; undefined if clients would take any data as an event. */
  readonly keepAlive: string | undefined
  readonly streamType: string
  /** The text of its streams stands for bytes, one per character (Latin-1); otherwise it is UTF-8. */
  readonly isBinary?: boolean
}

/** A format in which Sluice sends requests to upstreams. */
export interface UpstreamFormat {
  /**
   * The body, as a JSON value. Throws GatewayError `unsupported_parameter` for a field that cannot be dropped without
   * changing the meaning.
   */
  readonly encodeRequest: (request: ChatRequest, target: Target, losses: Losses) => unknown
  /** Whether it accepts this media part of a user. */
  readonly acceptsMedia: (part: MediaPart, request: ChatRequest, target: Target) => boolean
  /** It accepts media that a model generated earlier, in their place. */
  readonly takesModelMedia?: true
  /** Throws GatewayError `upstream_malformed`. */
  readonly decodeResponse: (body: unknown) => ChatResponse
  readonly createDecoder: () => EventDecoder
  /** Undefined for a body that is not an error in this format. Bedrock has the error's name in a header. */
  readonly decodeError: (text: string, headers?: Headers) => UpstreamError | undefined
  readonly createFrames: () => FrameReader
  /** The content type of its streams; undefined: `text/event-stream`. */
  readonly streamContent?: RegExp
  /** Writes one frame of such a stream; undefined: streams are server-sent events, which are forwarded as they are. */
  readonly writeFrame?: (frame: Frame) => Uint8Array | string
}

export interface ChatFormat extends ClientFormat, UpstreamFormat {
  readonly name: string
}
