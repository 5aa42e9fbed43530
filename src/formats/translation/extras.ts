import type { Extra, Part } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'
import type { GatewayError } from '../../errors.ts'
import { isRecord } from '../fields/fields.ts'
import { stringOf } from '../fields/values.ts'
import type { Losses } from './losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { messagePath, partPath } from '../fields/request-paths.ts'

/** Those of OpenAI's two oldest formats, with the fields of servers that have them too. */
const OPENAI_MEANINGFUL: ReadonlySet<string> = new Set([
  'audio',
  'background',
  'continue_final_message',
  'conversation',
  'data_sources',
  'deferred',
  'documents',
  'grammar',
  'guided_choice',
  'guided_grammar',
  'guided_json',
  'guided_regex',
  'json_schema',
  'modalities',
  'plugins',
  'prefix',
  'previous_response_id',
  'response_format',
  'structured_outputs',
  'suffix',
])

/**
 * Fields outside the canonical model that change the meaning of a request, by format. They must not be dropped. All other
 * fields are hints and are dropped with a warning.
 */
const MEANINGFUL: Readonly<Record<string, ReadonlySet<string>>> = {
  anthropic: new Set(['container', 'mcp_servers', 'thread']),
  'openai-chat': OPENAI_MEANINGFUL,
  'openai-completions': OPENAI_MEANINGFUL,
  'bedrock-converse': new Set(['additionalModelRequestFields', 'guardrailConfig', 'promptVariables']),
  gemini: new Set([
    'cachedContent',
    'previousInteractionId',
    'generationConfig.imageConfig',
    'generationConfig.responseFormat',
    'generationConfig.responseMimeType',
    'generationConfig.responseModalities',
    'generationConfig.responseSchema',
    'generationConfig.speechConfig',
  ]),
  ollama: new Set(['raw', 'suffix', 'template']),
  'openai-responses': new Set(['background', 'conversation', 'previous_response_id', 'prompt', 'text']),
}

/**
 * Fields that refer to data stored by the provider. Without them the client would believe that the provider keeps the
 * conversation, and would send the next request without it.
 */
const STORED: ReadonlySet<string> = new Set([
  'background',
  'conversation',
  'deferred',
  'previousInteractionId',
  'previous_response_id',
  'prompt',
])
const WHY_STORED = 'stored responses are not available when the request is translated to another format'
/** Those of them that stand for earlier messages, which the client can send itself. */
const EARLIER: ReadonlySet<string> = new Set(['conversation', 'previous_response_id'])
const WHY_EARLIER = `${WHY_STORED}; send the whole conversation (most clients do so with "store": false)`
const WHY_NO_THREAD = "this model's provider keeps no message threads; send the whole conversation without this field"

/** Values of `include` in Responses whose content every format returns anyway. */
const INCLUDED: ReadonlySet<unknown> = new Set(['reasoning.encrypted_content', 'message.output_text.logprobs'])

/** Text by its name and by its number, for clients of Gemini that write enums as numbers. */
const TEXT = new Set(['text', '1'])

/** `modalities: ["text"]` requests what every model returns. */
const requestsOnlyText = (field: string, value: unknown): boolean =>
  /modalities$/i.test(field) && Array.isArray(value) && value.length === 1 && TEXT.has(stringOf(value[0]).toLowerCase())

/** Values that request what a model of any other maker does anyway: the safety instruction is Cohere's own. */
const COHERE_DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  priority: [0],
  raw_prompting: [false],
  safety_mode: ['CONTEXTUAL', 'OFF', 'NONE'],
}

/** Whether the value requests only the default behaviour. */
function isDefault(format: string, field: string, value: unknown): boolean {
  if (requestsOnlyText(field, value)) return true
  // Mistral's clients always write it.
  if (format === 'openai-chat' && field === 'prefix') return value === false
  if (value === false && STORED.has(field)) return true
  if (format === 'cohere') return COHERE_DEFAULTS[field]?.includes(value) ?? false
  if (format === 'ollama') return field === 'keep_alive' || value === false || value === ''
  if (format !== 'openai-responses') return false
  if (field === 'include') return Array.isArray(value) && value.every((item) => INCLUDED.has(item))
  return field === 'truncation' && value === 'disabled'
}

/**
 * Notes each field that exists only in the client's format, at any level, as a loss. `label` is the API that lacks it.
 * Throws GatewayError `unsupported_parameter` for a field of the request or of its last message that changes the meaning.
 */
export function noteExtras(request: ChatRequest, label: string, losses: Losses): void {
  const note = (path: string, extra: Extra | undefined, isDemand = false) => {
    for (const key in extra) {
      const field = path === '' ? key : `${path}.${key}`
      if (isDefault(request.format, key, extra[key])) continue
      if (isDemand && MEANINGFUL[request.format]?.has(key)) throw unsupported(field, whyNot(key, label))
      losses.note(field, `removed: ${label} has no such field`)
    }
  }
  note('', request.extra, true)
  for (const [index, tool] of request.tools.entries()) if (tool.type === 'function') note(`tools[${index}]`, tool.extra)
  for (const [index, message] of request.messages.entries()) {
    note(messagePath(request, index), message.extra, index === request.messages.length - 1)
    for (const [path, part] of partsOf(request, message, index)) if ('extra' in part) note(path, part.extra)
  }
}

/** The error for a message thread at a server that keeps none. */
export const threadUnsupported = (): GatewayError => unsupported('thread', WHY_NO_THREAD)

function whyNot(key: string, label: string): string {
  if (key === 'thread') return WHY_NO_THREAD
  if (EARLIER.has(key)) return WHY_EARLIER
  return STORED.has(key) ? WHY_STORED : `${label} has no such field`
}

function* partsOf(request: ChatRequest, { parts }: Message, index: number): Generator<[path: string, part: Part]> {
  for (const [at, part] of parts.entries()) {
    const path = partPath(request, index, at)
    yield [path, part]
    if (part.type === 'tool-result')
      for (const [inner, content] of part.content.entries()) yield [`${path}.content[${inner}]`, content]
  }
}

/** Merges two objects deeply; where both have a value that is not an object, `extra` wins. */
export function withExtra(
  body: Readonly<Record<string, unknown>>,
  extra: Extra | undefined,
): Readonly<Record<string, unknown>> {
  if (!extra) return body
  const merged: Record<string, unknown> = { ...body }
  for (const [key, value] of Object.entries(extra)) {
    const own = Object.hasOwn(merged, key) ? merged[key] : undefined
    merged[key] = isRecord(own) && isRecord(value) ? withExtra(own, value) : value
  }
  return merged
}
