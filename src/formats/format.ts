// What a wire language is: the same functions in each folder, both directions, whole and streamed. All are pure.
import type { UpstreamError } from '../chat/upstream-error.ts'
import type { ChatEvent } from '../chat/event.ts'
import type { ChatRequest } from '../chat/request.ts'
import type { ChatResponse } from '../chat/response.ts'
import type { GatewayError } from '../errors.ts'
import type { Frame, FrameReader } from '../codecs/framing/frame.ts'
import type { Losses } from './translation/losses.ts'

/** What a request says outside of its body. */
export interface RequestFacts {
  /** The model that the path names. */
  readonly model: string | undefined
  /** Whether the path asks for a stream; undefined where the body says it. */
  readonly stream: boolean | undefined
}

/** What a server of a language can do beyond it, or is asked in other words for. */
export type Capability =
  /** It takes earlier reasoning back as `reasoning_content`. */
  | 'reasoning-content'
  /** It takes earlier reasoning back as `reasoning_details`, sealed by whomever it asks in turn (OpenRouter, Vercel). */
  | 'reasoning-details'
  /** It takes Anthropic's `cache_control` on parts and tools although its language has not. */
  | 'cache-control'
  /** It goes on with a last message of the assistant. */
  | 'prefill'
  /** It fetches images and files from https URLs itself. */
  | 'fetches-urls'
  /** It has service tiers although not all servers of its language have (Gemini's API, not Vertex). */
  | 'service-tier'
  /** It has `top_k` although its language has not. */
  | 'top-k'

/** What an encoder may know about where its request goes. */
export interface Target {
  /** The upstream's name for the model. */
  readonly model: string
  /** The model behind an alias or a deployment, by which abilities are looked up; else the same as `model`. */
  readonly baseModel: string
  readonly capabilities: ReadonlySet<Capability>
}

/** What an encoder of answers may know about the request that is answered. */
export interface AnswerFacts {
  readonly request: ChatRequest
  /** The id to give the answer when the upstream's cannot be used: letters and digits, unique. */
  readonly id: string
  /** Seconds since 1970, for languages that say when. */
  readonly created: number
  /** What the client is told that answered; undefined: what the upstream says, else what was asked for. */
  readonly model: string | undefined
}

/** Reads one upstream's stream. Throws GatewayError `upstream_malformed` for what is no such stream. */
export interface EventDecoder {
  push(frame: Frame): readonly ChatEvent[]
  /** What the end of the stream completes. Throws GatewayError `upstream_cut` when the terminal event is missing. */
  end(): readonly ChatEvent[]
}

/** Writes one client's stream. */
export interface EventEncoder {
  /** The bytes to send, as text; empty when there is nothing to say yet. */
  push(event: ChatEvent): string
  /** The terminal events. Called once, after the last event, unless the stream ended in an error. */
  end(): string
  /** The error event, with whatever the language has to follow it. Nothing is sent after it. */
  fail(error: GatewayError): string
}

/** A language that clients speak to us. */
export interface ClientFormat {
  /** Throws GatewayError `invalid_request`, naming the field. */
  readonly decodeRequest: (body: unknown, facts: RequestFacts) => ChatRequest
  /** The body of an answer, as a JSON value. */
  readonly encodeResponse: (response: ChatResponse, facts: AnswerFacts, losses: Losses) => unknown
  readonly createEncoder: (facts: AnswerFacts, losses: Losses) => EventEncoder
  readonly encodeError: (error: GatewayError, requestId: string) => { readonly status: number; readonly body: string }
  /** What keeps a silent stream's connection busy; undefined where clients take anything as an answer. */
  readonly keepAlive: string | undefined
  readonly streamType: string
  /** The text of its streams is bytes, one character each (Latin 1); else it is UTF-8. */
  readonly isBinary?: boolean
}

/** A language that upstreams speak. */
export interface UpstreamFormat {
  /** The body, as a JSON value. Throws GatewayError `unsupported_parameter` for what changes the meaning if left out. */
  readonly encodeRequest: (request: ChatRequest, target: Target, losses: Losses) => unknown
  /** Throws GatewayError `upstream_malformed`. */
  readonly decodeResponse: (body: unknown) => ChatResponse
  readonly createDecoder: () => EventDecoder
  /** Undefined for a body that is no error of this language. Bedrock names its errors in a header. */
  readonly decodeError: (text: string, headers?: Headers) => UpstreamError | undefined
  readonly createFrames: () => FrameReader
  /** What a stream of it calls itself; undefined: an event stream. */
  readonly streamContent?: RegExp
}

export interface ChatFormat extends ClientFormat, UpstreamFormat {
  readonly name: string
}
