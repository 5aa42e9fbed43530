// The description of a provider's API: where it is served, and which of its fields routing reads.
import type { StopRule } from '../translation/fit-stops.ts'
import type { JsonType } from '../../codecs/json/scan.ts'
import type { IdRule } from '../translation/call-ids.ts'
import type { LimitStyle } from '../translation/rate-limits.ts'
import type { NameRule } from '../translation/tool-names.ts'
import type { FieldRule } from './field-rules.ts'

/** What a request asks a model to do, independent of its API. */
export const OPERATIONS = [
  'chat',
  'completions',
  'embeddings',
  'rerank',
  'moderations',
  'count',
  /** Shortens a conversation to what the model needs of it. */
  'compact',
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
  | 'openai-responses-count'
  | 'openai-responses-compact'
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
  /** The same bodies at the paths of Vertex AI. */
  | 'vertex-anthropic'
  | 'vertex-anthropic-count'
  | 'gemini'
  /** Gemini's stream as one JSON array: the default without `alt=sse`. */
  | 'gemini-list'
  | 'gemini-count'
  | 'gemini-embed'
  | 'gemini-batch-embed'
  | 'bedrock-converse'
  | 'bedrock-invoke'
  | 'bedrock-count'
  | 'cohere'
  | 'cohere-embed'
  | 'cohere-rerank'
  | 'ollama'
  | 'ollama-generate'
  | 'ollama-embed'
  | 'ollama-embeddings'
  | 'rerank'
  | 'mistral-embeddings'
  | 'voyage-embeddings'
  | 'voyage-rerank'
  | 'jina-embeddings'
  | 'nvidia-embeddings'

/**
 * Of images and audio. Responses are JSON, events, text or bytes, depending on request and server: see their content
 * type.
 */
export interface Media {
  readonly body: 'json' | 'form' | 'form-or-json'
  /** The file fields of a form, one of which is required. */
  readonly files: readonly string[]
}

export interface Api {
  readonly name: ApiName
  readonly operation: Operation
  /** The chat format of its requests and errors. */
  readonly format: string
  /** The path below the API's base; undefined for Gemini and Bedrock, whose paths contain the model and the method. */
  readonly path: string | undefined
  /** Builds the path if `path` is undefined. `model` is already URL-encoded. */
  readonly method?: (model: string, isStream: boolean) => string
  /** The path for clients, including the version, if they cannot choose it by the base URL. */
  readonly clientPath?: string
  /** Its clients may sign requests, with the gateway's key as their secret access key. */
  readonly acceptsSignatures?: true
  /** Sluice sends requests in it and serves no clients in it. */
  readonly isUpstreamOnly?: true
  /**
   * The API whose bodies it shares: between the two, bodies are forwarded as they are, except for what one of them states
   * elsewhere. Streams have the same events in other frames.
   */
  readonly variantOf?: ApiName
  /** The operation to whose formats its requests are translated for models that do not offer its own. */
  readonly translatesTo?: Operation
  /** The fields of bodies that only this variant has. */
  readonly variantFields?: readonly string[]
  /** Where requests name the features of Anthropic's that are in beta: a header, or a field with a list. */
  readonly betas?: { readonly header: string } | { readonly field: string }
  /** The field that holds the prompt, the JSON types it may have, and the fields of which one can replace it. */
  readonly prompt: {
    readonly field: string
    readonly types: readonly JsonType[]
    readonly or?: readonly string[]
    /** A request without it is valid: it does not ask for a response of the model. */
    readonly isOptional?: true
  }
  /** The field with the tools, if it is not `tools`. */
  readonly toolsIn?: string
  /** Objects that repeat the model in their field `model`, as `models/NAME`. */
  readonly modelIn?: readonly string[]
  /**
   * Fields with the cap on output tokens and with the end user. The first one present counts; `a.b` is a nested field.
   */
  readonly caps: readonly string[]
  readonly users: readonly string[]
  readonly streams: boolean
  /** A request without `stream` asks for a stream. */
  readonly streamsByDefault?: true
  /** The tag that its clients may add to a model's name, as the default one. */
  readonly defaultTag?: string
  /** If undefined, requests are JSON, and responses are JSON or, for streams, events. */
  readonly media?: Media
  /** Its streams end with usage only on request (`stream_options`). */
  readonly usageOnRequest: boolean
  /** The text to send between two events of a silent stream; undefined if clients fail on it. */
  readonly keepAlive: string | undefined
  /** Headers of the client that are forwarded to an upstream of the same API. */
  readonly forwardedHeaders: readonly string[]
  /** Where its clients look for the request id, beside `x-request-id`. */
  readonly idHeader: string | undefined
  /** How it reports remaining rate limits; undefined if it does not. */
  readonly limits: LimitStyle | undefined
  /** Response headers of an upstream that are returned to a client of the same API. */
  readonly returnedHeaders: readonly string[]
  /** What it accepts as the name of a tool. */
  readonly toolNames: NameRule
  /** What it accepts as the id of a tool call of another format; undefined: its encoder fits the ids. */
  readonly toolIds?: IdRule
  /** The schema of a tool's arguments must be a plain object, without alternatives at its root. */
  readonly objectRoots?: true
  /** What it accepts as stop sequences; undefined: any. */
  readonly stops?: StopRule
  /** Requests carry seals of earlier responses: signatures, encrypted reasoning. */
  readonly carriesSeals: boolean
  /** Whether the model rejects calls of the history that are not signed. */
  readonly demandsSignatures?: (model: string) => boolean
  /** The response field with the count, for token count operations. */
  readonly countField?: string
  /** The `object` beside the count; undefined if the response has none. */
  readonly countObject?: string
  /**
   * The rules for top-level fields that are present. They cover only what all servers agree on; the upstream validates
   * the rest. A null counts as absent.
   */
  readonly rules: Readonly<Record<string, FieldRule>>
}

/** The API without its name: what the APIs of one maker share. */
export type ApiBase = Omit<Api, 'name' | 'operation' | 'path' | 'prompt'>

/** The API whose bodies an API has. */
export const familyOf = ({ name, variantOf }: Api): ApiName => variantOf ?? name

/** The path below the API's base at which an upstream serves it. */
export function upstreamPath({ path, method }: Api, model: string, isStream: boolean): string {
  return path ?? method!(encodeURIComponent(model), isStream)
}

/** A comment, which every reader of event streams ignores. The standard recommends this form. */
export const COMMENT = ': keepalive\n\n'

export const TEXT_OR_LIST = ['string', 'array'] as const
