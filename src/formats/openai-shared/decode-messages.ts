import type { CacheMark, MediaPart, Part, Seal, ToolCallPart, ToolResultPart } from '../../chat/part.ts'
import type { Message } from '../../chat/request.ts'
import type { Fields } from '../fields/fields.ts'
import { decodeCache } from './cache.ts'
import { decodeCall, decodeSeal } from './calls.ts'
import { decodeContent } from './decode-content.ts'
import { decodeReasoning } from './reasoning.ts'
import { decodeUrl } from './media.ts'
import { withRequestPath } from '../fields/request-paths.ts'
import { listOf } from '../fields/values.ts'

/** Decodes `messages`. Throws GatewayError `invalid_request`, naming the field. */
export function decodeMessages(body: Fields): Message[] {
  const original = body.requiredList('messages')
  if (original.length === 0) throw body.wrong('messages', 'must not be empty')
  const legacy = new LegacyCalls()
  return (body.objects('messages') ?? []).map((message, index) => decodeMessage(message, original[index], legacy))
}

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const

function decodeMessage(message: Fields, original: unknown, legacy: LegacyCalls): Message {
  if (message.string('role') === undefined) throw message.wrong('role', 'is missing')
  const role = message.oneOf('role', ROLES)!
  if (role === 'tool' || role === 'function') return decodeResult(message, role, legacy)
  const mark = decodeCache(message)
  const parts = role === 'assistant' ? decodeAssistant(message, original, legacy) : decodeContent(message)
  const name = message.string('name')
  return {
    role,
    parts: withMark(parts, mark),
    ...(name !== undefined && { name }),
    ...(!Array.isArray(message.any('content')) && { isPlain: true }),
    ...message.extra(),
  }
}

/** A cache mark on a message applies to its last part. */
function withMark(parts: readonly Part[], mark: { cache?: CacheMark }): readonly Part[] {
  const last = parts.at(-1)
  return mark.cache && last && 'text' in last ? [...parts.slice(0, -1), { ...last, ...mark } as Part] : parts
}

function decodeResult(message: Fields, role: 'tool' | 'function', legacy: LegacyCalls): Message {
  const name = message.string('name')
  const callId = role === 'tool' ? message.requiredString('tool_call_id') : legacy.takeCallId(message)
  const content = decodeContent(message)
  if (!content.every(isResultContent)) throw message.wrong('content', 'of a tool result must be text or media')
  const result: ToolResultPart = {
    type: 'tool-result',
    callId,
    ...(name !== undefined && { name }),
    content,
    ...(!Array.isArray(message.any('content')) && { isPlain: true }),
    ...decodeCache(message),
    ...message.extra(),
  }
  return { role: 'tool', parts: [result] }
}

const isResultContent = (part: Part): part is ToolResultPart['content'][number] =>
  part.type === 'text' || part.type === 'media' || part.type === 'native'

/** Reasoning, text, refusal, media and calls are separate fields in this format, so their order is not known. */
function decodeAssistant(message: Fields, original: unknown, legacy: LegacyCalls): Part[] {
  for (const key of ['reasoning', 'reasoning_content', 'reasoning_details']) message.any(key)
  const refusal = message.string('refusal')
  const content = decodeContent(message).filter((part) => part.type !== 'text' || part.text !== '')
  const { seal } = decodeSeal(message)
  return [
    ...decodeReasoning(original as Record<string, unknown>),
    ...(seal ? withSeal(content, seal) : content),
    ...(refusal ? [{ type: 'refusal', text: refusal } as const] : []),
    ...decodeImages(message),
    ...decodeAudio(message),
    ...decodeCalls(message, legacy),
  ]
}

/** Puts the seal on the last text, or on a new empty text if there is none. */
export function withSeal<Kind extends Part>(parts: readonly Kind[], seal: Seal): (Kind | Part)[] {
  const at = parts.findLastIndex(({ type }) => type === 'text')
  if (at === -1) return [...parts, { type: 'text', text: '', seal }]
  return parts.with(at, { ...parts[at]!, seal } as Kind)
}

function decodeCalls(message: Fields, legacy: LegacyCalls): Part[] {
  const original = message.list('tool_calls') ?? []
  const calls = (message.objects('tool_calls') ?? []).map((call, index) =>
    withRequestPath(decodeCall(call, original[index]), call.path),
  )
  const called = message.object('function_call')
  return called?.any('name') ? [...calls, legacy.decodeCall(called)] : calls
}

/** Images that a model generated earlier (OpenRouter's `images`). */
export const decodeImages = (message: Fields): MediaPart[] => (message.objects('images') ?? []).map(decodeImage)

function decodeImage(image: Fields): MediaPart {
  const url = image.requiredObject('image_url').requiredString('url')
  return { type: 'media', kind: 'image', ...decodeUrl(url), ...decodeSeal(image) }
}

/** Audio that the model generated earlier, by its id. An empty list of annotations is dropped. */
function decodeAudio(message: Fields): MediaPart[] {
  if (listOf(message.rest()?.['annotations']).length === 0) message.any('annotations')
  const id = message.object('audio')?.string('id')
  return id ? [{ type: 'media', kind: 'audio', source: { type: 'id', id } }] : []
}

/** Calls of the deprecated `function_call`, which have no ids. They get ids, so that results can refer to them. */
class LegacyCalls {
  readonly #open = new Map<string, string>()
  #count = 0

  decodeCall(called: Fields): ToolCallPart {
    const name = called.requiredString('name')
    const id = `call_function_${this.#count++}`
    this.#open.set(name, id)
    const text = called.string('arguments')
    return { type: 'tool-call', id, name, arguments: text?.trim() ? text : '{}' }
  }

  takeCallId(message: Fields): string {
    const name = message.requiredString('name')
    const id = this.#open.get(name)
    if (id === undefined)
      throw message.wrong('name', `is ${JSON.stringify(name)}, a function that was not called before`)
    this.#open.delete(name)
    return id
  }
}
