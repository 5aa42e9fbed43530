// What an API of a provider is: where it is served, and which of its fields say what routing has to know.
import type { JsonType } from '../../codecs/json/scan.ts'
import type { LimitStyle } from '../translation/rate-limits.ts'
import type { NameRule } from '../translation/tool-names.ts'
import type { FieldRule } from './field-rules.ts'

/** What a request wants of a model, whatever its API. */
export const OPERATIONS = [
  'chat',
  'completions',
  'embeddings',
  'rerank',
  'moderations',
  'count',
  'image-generations',
  'image-edits',
  'image-variations',
  'transcriptions',
  'translations',
  'speech',
  /** Any path below a provider's own address. */
  'passthrough',
] as const

export type Operation = (typeof OPERATIONS)[number]

export type ApiName =
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-completions'
  | 'openai-embeddings'
  | 'openai-moderations'
  | 'openai-image-generations'
  | 'openai-image-edits'
  | 'openai-image-variations'
  | 'openai-transcriptions'
  | 'openai-translations'
  | 'openai-speech'
  | 'anthropic'
  | 'anthropic-count'
  | 'gemini'
  /** Gemini's stream as one JSON array: what clients get without `alt=sse`. */
  | 'gemini-list'
  | 'gemini-count'
  | 'gemini-embed'
  | 'gemini-batch-embed'
  | 'bedrock-converse'
  | 'cohere'
  | 'cohere-embed'
  | 'cohere-rerank'
  | 'ollama'
  | 'rerank'
  | 'mistral-embeddings'
  | 'voyage-embeddings'
  | 'voyage-rerank'
  | 'jina-embeddings'
  | 'nvidia-embeddings'

/** Of images and audio. Responses are JSON, events, text or bytes, by the request and the server: their own type tells. */
export interface Media {
  readonly body: 'json' | 'form' | 'form-or-json'
  /** Of a form: the fields of its files, one of which is required. */
  readonly files: readonly string[]
}

export interface Api {
  readonly name: ApiName
  readonly operation: Operation
  /** The chat format of its requests and errors. */
  readonly format: string
  /** Below the API's base, where the API has one path; Gemini's and Bedrock's hold the model and the method. */
  readonly path: string | undefined
  /** What replaces a path: the model is already encoded for a URL. */
  readonly method?: (model: string, isStream: boolean) => string
  /** Another path where clients expect it, its version included. */
  readonly alsoAt?: string
  /** Sluice sends requests in it and serves no clients in it. */
  readonly isUpstreamOnly?: true
  /** The field that holds the prompt, and the JSON types it may have. */
  readonly prompt: { readonly field: string; readonly types: readonly JsonType[] }
  /** Fields with the cap on output tokens and with the end user; the first one present counts; `a.b`: a field of a field. */
  readonly caps: readonly string[]
  readonly users: readonly string[]
  readonly streams: boolean
  /** Without it requests are JSON, and responses JSON or, if a stream is requested, events. */
  readonly media?: Media
  /** Its streams end with usage only on request (`stream_options`). */
  readonly usageOnRequest: boolean
  /** What a client may be sent between two events of a silent stream; undefined where clients break on it. */
  readonly keepAlive: string | undefined
  /** Headers of the client that are forwarded to an upstream of the same API. */
  readonly forwardedHeaders: readonly string[]
  /** Where its clients look for the request id, beside `x-request-id`. */
  readonly idHeader: string | undefined
  /** How it reports what is left of a rate limit; undefined where it does not. */
  readonly limits: LimitStyle | undefined
  /** Response headers of an upstream that are returned to a client of the same API. */
  readonly returnedHeaders: readonly string[]
  /** What it accepts as the name of a tool. */
  readonly toolNames: NameRule
  /** Requests return what a provider sealed: signatures, encrypted reasoning. */
  readonly carriesSeals: boolean
  /** The field of the response where tokens are only counted. */
  readonly countField?: string
  /**
   * What the top-level fields must look like wherever they appear. Only what all servers agree on: the upstream judges the
   * rest. A null counts as absent.
   */
  readonly rules: Readonly<Record<string, FieldRule>>
}

/** The API without its name: what the APIs of one maker share. */
export type ApiBase = Omit<Api, 'name' | 'operation' | 'path' | 'prompt'>

/** The path below the API's base at which an upstream serves it. */
export function upstreamPath({ path, method }: Api, model: string, isStream: boolean): string {
  return path ?? method!(encodeURIComponent(model), isStream)
}

/** A comment, which every reader of event streams ignores. The form is the standard's own advice. */
export const COMMENT = ': keepalive\n\n'

export const TEXT_OR_LIST = ['string', 'array'] as const
