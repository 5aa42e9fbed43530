// The wire languages that clients ask in: where, and which of their fields say what routing has to know.
import { cap, count, type FieldRule, flag, list, number, object, text, unsigned } from './field-rules.ts'
import type { JsonType } from '../../codecs/json/scan.ts'
import { type Media, MEDIA_WIRES } from './openai-media.ts'
import { PLAIN_WIRES, type PlainWireName } from './upstream-only.ts'
import {
  ANTHROPIC_LIMITS,
  limitHeaders,
  type LimitStyle,
  OPENAI_ANSWERS,
  OPENAI_LIMITS,
} from '../translation/rate-limits.ts'
import { ANTHROPIC_NAMES, GEMINI_NAMES, type NameRule, OPENAI_NAMES } from '../translation/tool-names.ts'
import { WHOLE_WIRES, type WholeWireName } from './whole.ts'

/** What is wanted of a model, whatever the language. */
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
  /** Whatever it is that a path below a provider's own address asks for. */
  'passthrough',
] as const

export type Operation = (typeof OPERATIONS)[number]

export type WireName =
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-completions'
  | 'openai-embeddings'
  | 'openai-image-generations'
  | 'openai-image-edits'
  | 'openai-image-variations'
  | 'openai-transcriptions'
  | 'openai-translations'
  | 'openai-speech'
  | 'anthropic'
  | 'gemini'
  /** Gemini's where a stream is one JSON list: what clients get that do not ask for `alt=sse`. */
  | 'gemini-list'
  /** Amazon Bedrock's, which only upstreams speak. */
  | 'bedrock-converse'
  /** How many tokens a prompt has, as Anthropic and Google are asked. */
  | 'anthropic-count'
  | 'gemini-count'
  | WholeWireName
  | PlainWireName

export interface Wire {
  readonly name: WireName
  readonly operation: Operation
  /** The chat language of its requests and errors. */
  readonly language: string
  /** Below the API's base, where the language has one path; Gemini's and Bedrock's hold the model and the method. */
  readonly path: string | undefined
  /** What stands there instead of a path: the model comes fit for a URL. */
  readonly method?: (model: string, isStream: boolean) => string
  /** Another path at which clients look for it, its version included. */
  readonly alsoAt?: string
  /** Servers are asked in it, clients are not served in it. */
  readonly isUpstreamOnly?: true
  /** The field that holds the prompt, and the JSON types it may have. */
  readonly prompt: { readonly field: string; readonly types: readonly JsonType[] }
  /** Fields with the cap on output tokens and with the end user, the first that is there counts; `a.b`: a field of a field. */
  readonly caps: readonly string[]
  readonly users: readonly string[]
  readonly streams: boolean
  /** Of images and sound; without it requests are JSON, and answers too, or events where a stream is asked for. */
  readonly media?: Media
  /** Its streams have usage at their end only for those who ask (`stream_options`). */
  readonly tellsUsageWhenAsked: boolean
  /** What a client whose stream is silent may be sent between two events; undefined where clients break on it. */
  readonly keepAlive: string | undefined
  /** Headers of the client that go on to an upstream of the same language. */
  readonly forwards: readonly string[]
  /** Where its clients look for the id of their request, beside `x-request-id`. */
  readonly idHeader: string | undefined
  /** How it tells what is left of a rate limit; undefined where it does not. */
  readonly limits: LimitStyle | undefined
  /** Headers of its answers that are of use to a client of the same language. */
  readonly answersWith: readonly string[]
  /** What it takes as the name of a tool. */
  readonly toolNames: NameRule
  /** Requests bring back what a provider sealed: signatures, encrypted reasoning. */
  readonly carriesSeals: boolean
  /** The field of the answer where tokens are only counted. */
  readonly countField?: string
  /**
   * What the top-level fields must look like wherever they appear. Only what everybody agrees on: the rest is the
   * upstream's to judge. A null counts as absent.
   */
  readonly rules: Readonly<Record<string, FieldRule>>
}

/** A comment, which a reader of event streams passes over. The form is the standard's own advice. */
const COMMENT = ': keepalive\n\n'

const OPENAI_HEADERS = ['openai-beta'] as const

/** Source: https://platform.openai.com/docs/api-reference/chat/create */
const openai = {
  language: 'openai-chat',
  caps: ['max_completion_tokens', 'max_tokens'],
  users: ['user', 'safety_identifier'],
  streams: true,
  tellsUsageWhenAsked: true,
  keepAlive: COMMENT,
  forwards: OPENAI_HEADERS,
  idHeader: undefined,
  limits: OPENAI_LIMITS,
  answersWith: OPENAI_ANSWERS,
  toolNames: OPENAI_NAMES,
  carriesSeals: false,
  rules: {
    model: text,
    stream: flag,
    stream_options: object,
    user: text,
    safety_identifier: text,
    max_tokens: cap,
    max_completion_tokens: cap,
    n: count,
    temperature: unsigned,
    top_p: unsigned,
    presence_penalty: number,
    frequency_penalty: number,
    seed: { ...number, integer: true },
    stop: { types: ['string', 'array'] },
    tools: list,
    tool_choice: { types: ['string', 'object'] },
    response_format: object,
    logit_bias: object,
  },
} as const

/** Source: https://ai.google.dev/api/generate-content. Comments make Google's own libraries throw. */
const geminiWire = {
  language: 'gemini',
  method: (model: string, isStream: boolean) =>
    `/models/${model}:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  operation: 'chat',
  path: undefined,
  prompt: { field: 'contents', types: ['array', 'object', 'string'] },
  caps: ['generationConfig.maxOutputTokens', 'generation_config.max_output_tokens'],
  users: [],
  streams: true,
  tellsUsageWhenAsked: false,
  keepAlive: undefined,
  forwards: [],
  idHeader: undefined,
  limits: undefined,
  answersWith: [],
  toolNames: GEMINI_NAMES,
  carriesSeals: true,
  rules: {
    generationConfig: object,
    generation_config: object,
    systemInstruction: { types: ['object', 'string'] },
    system_instruction: { types: ['object', 'string'] },
    tools: { types: ['array', 'object'] },
    toolConfig: object,
    tool_config: object,
    safetySettings: list,
    safety_settings: list,
  },
} as const

/** Source: https://docs.claude.com/en/api/messages */
const anthropicWire = {
  language: 'anthropic',
  prompt: { field: 'messages', types: ['array'] },
  caps: ['max_tokens'],
  users: ['metadata.user_id'],
  streams: true,
  tellsUsageWhenAsked: false,
  keepAlive: 'event: ping\ndata: {"type": "ping"}\n\n',
  forwards: ['anthropic-version', 'anthropic-beta'],
  idHeader: 'request-id',
  limits: ANTHROPIC_LIMITS,
  answersWith: limitHeaders(ANTHROPIC_LIMITS),
  toolNames: ANTHROPIC_NAMES,
  carriesSeals: true,
  rules: {
    model: text,
    stream: flag,
    max_tokens: cap,
    system: { types: ['string', 'array'] },
    metadata: object,
    stop_sequences: list,
    temperature: unsigned,
    top_p: unsigned,
    top_k: unsigned,
    tools: list,
    tool_choice: object,
    thinking: object,
  },
} as const

export const WIRES: Readonly<Record<WireName, Wire>> = {
  'openai-chat': {
    ...openai,
    name: 'openai-chat',
    operation: 'chat',
    path: '/chat/completions',
    prompt: { field: 'messages', types: ['array'] },
  },
  /** Source: https://platform.openai.com/docs/api-reference/responses/create */
  'openai-responses': {
    name: 'openai-responses',
    operation: 'chat',
    language: 'openai-responses',
    path: '/responses',
    prompt: { field: 'input', types: ['string', 'array'] },
    caps: ['max_output_tokens'],
    users: ['user', 'safety_identifier'],
    streams: true,
    tellsUsageWhenAsked: false,
    keepAlive: COMMENT,
    forwards: OPENAI_HEADERS,
    idHeader: undefined,
    limits: OPENAI_LIMITS,
    answersWith: OPENAI_ANSWERS,
    toolNames: OPENAI_NAMES,
    carriesSeals: true,
    rules: {
      model: text,
      stream: flag,
      instructions: { types: ['string', 'array'] },
      user: text,
      safety_identifier: text,
      max_output_tokens: cap,
      temperature: unsigned,
      top_p: unsigned,
      tools: list,
      tool_choice: { types: ['string', 'object'] },
      text: object,
      reasoning: object,
    },
  },
  'openai-completions': {
    ...openai,
    name: 'openai-completions',
    operation: 'completions',
    path: '/completions',
    prompt: { field: 'prompt', types: ['string', 'array'] },
  },
  'openai-embeddings': {
    ...openai,
    name: 'openai-embeddings',
    operation: 'embeddings',
    path: '/embeddings',
    prompt: { field: 'input', types: ['string', 'array'] },
    streams: false,
    keepAlive: undefined,
  },
  anthropic: { ...anthropicWire, name: 'anthropic', operation: 'chat', path: '/messages' },
  'anthropic-count': {
    ...anthropicWire,
    name: 'anthropic-count',
    operation: 'count',
    path: '/messages/count_tokens',
    streams: false,
    countField: 'input_tokens',
  },
  gemini: { ...geminiWire, name: 'gemini' },
  /** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
  'bedrock-converse': {
    name: 'bedrock-converse',
    operation: 'chat',
    language: 'bedrock-converse',
    path: undefined,
    method: (model, isStream) => `/model/${model}/${isStream ? 'converse-stream' : 'converse'}`,
    prompt: { field: 'messages', types: ['array'] },
    caps: ['inferenceConfig.maxTokens'],
    users: [],
    streams: true,
    tellsUsageWhenAsked: false,
    keepAlive: undefined,
    idHeader: 'x-amzn-requestid',
    limits: undefined,
    answersWith: [],
    toolNames: OPENAI_NAMES,
    carriesSeals: true,
    forwards: [],
    rules: {},
  },
  'gemini-list': { ...geminiWire, name: 'gemini-list', language: 'gemini-list' },
  'gemini-count': {
    ...geminiWire,
    name: 'gemini-count',
    method: (model) => `/models/${model}:countTokens`,
    operation: 'count',
    streams: false,
    countField: 'totalTokens',
  },
  ...MEDIA_WIRES,
  ...WHOLE_WIRES,
  ...PLAIN_WIRES,
}

/** Where a server of this language is asked, below the API's base. */
export function upstreamPath({ path, method }: Wire, model: string, isStream: boolean): string {
  return path ?? method!(encodeURIComponent(model), isStream)
}
