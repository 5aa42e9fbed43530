import type { MediaPart, NativePart, Part, TextPart, ToolResultPart } from '../../../chat/part.ts'
import type { Message, Role } from '../../../chat/request.ts'
import { sealCalls } from '../../translation/call-seals.ts'
import type { Fields } from '../../fields/fields.ts'
import { decodeCache } from '../../openai-shared/cache.ts'
import { withRequestPath } from '../../fields/request-paths.ts'
import { decodeItem, kindOf, nativeItem } from '../content/decode-items.ts'
import { headOf, withHead } from '../content/item-head.ts'
import { decodeFile, decodeImage } from '../content/media.ts'
import { NAME } from '../name.ts'

/** Fields that refer to an input stored by the provider. */
const STORED = ['previous_response_id', 'conversation', 'prompt'] as const

/**
 * Decodes `instructions` and `input` as messages. Consecutive items of the model (reasoning, messages, calls) become one
 * assistant message. Throws GatewayError `invalid_request`, naming the item.
 */
export function decodeInput(body: Fields): Message[] {
  const instructions = decodeInstructions(body)
  const input = body.any('input') ?? undefined
  if (typeof input === 'string') return [...instructions, wholeInput(input)]
  const listed = body.list('input') ?? []
  if (listed.length === 0 && STORED.every((key) => (body.peek(key) ?? undefined) === undefined))
    throw body.wrong('input', input === undefined ? 'is missing' : 'must not be empty')
  return [...instructions, ...decodeItems(body.objects('input') ?? [], listed)]
}

function decodeInstructions(body: Fields): Message[] {
  const instructions = body.any('instructions') ?? undefined
  if (instructions === undefined) return []
  if (typeof instructions === 'string') {
    const part = withRequestPath<Part>({ type: 'text', text: instructions }, 'instructions')
    return [asInstructions({ role: 'system', parts: [part], isPlain: true }, instructions)]
  }
  const listed = body.list('instructions') ?? []
  const messages = decodeItems(body.objects('instructions') ?? [], listed)
  return messages.map((message, index) => asInstructions(message, index === 0 ? instructions : undefined))
}

const asInstructions = (message: Message, instructions: unknown): Message =>
  withRequestPath(withHead(message, { fields: {}, instructions: instructions ?? null }), 'instructions')

const wholeInput = (text: string): Message => {
  const part = withRequestPath<Part>({ type: 'text', text }, 'input')
  return withRequestPath(
    withHead({ role: 'user', parts: [part], isPlain: true }, { fields: {}, isWholeInput: true }),
    'input',
  )
}

function decodeItems(items: readonly Fields[], listed: readonly unknown[]): Message[] {
  const messages: Message[] = []
  let open: { parts: Part[]; path: string } | undefined
  const flush = () => {
    if (open) messages.push(assistant(open.parts, open.path))
    open = undefined
  }
  for (const [index, item] of items.entries()) {
    if (isFromModel(item))
      (open ??= { parts: [], path: item.path }).parts.push(...decodeItem(item, listed[index], NAME))
    else {
      flush()
      messages.push(decodeOther(item, listed[index]))
    }
  }
  flush()
  return messages
}

/** Whether the model generated the item; outputs of tools come from the client. */
function isFromModel(item: Fields): boolean {
  const kind = kindOf(item)
  return kind === 'message' ? roleOf(item) === 'assistant' : !kind.endsWith('_output') && !kind.endsWith('_response')
}

const ROLES = ['user', 'assistant', 'system', 'developer'] as const

function roleOf(item: Fields): Exclude<Role, 'tool'> {
  const role = item.oneOf('role', ROLES)
  if (role === undefined) throw item.wrong('role', 'is missing')
  return role
}

/** Other fields of the items (`phase`) become extra fields of the message. */
function assistant(parts: readonly Part[], path: string): Message {
  const extra: Record<string, unknown> = {}
  for (const part of parts)
    if (part.type === 'text' || part.type === 'refusal') {
      const { type: _, id: __, status: ___, ...rest } = headOf(part)?.fields ?? {}
      Object.assign(extra, rest)
    }
  return withRequestPath(
    { role: 'assistant', parts: sealCalls(parts, NAME), ...(Object.keys(extra).length > 0 && { extra }) },
    path,
  )
}

function decodeOther(item: Fields, original: unknown): Message {
  switch (kindOf(item)) {
    case 'message':
      return decodeMessage(item)
    case 'function_call_output':
      return withRequestPath({ role: 'tool', parts: [decodeResult(item)] }, item.path)
    default:
      return withRequestPath({ role: 'user', parts: [nativeItem(item, original)] }, item.path)
  }
}

function decodeMessage(item: Fields): Message {
  const role = roleOf(item)
  const parts = decodeContent(item, 'content')
  const fields = Object.fromEntries(
    ['type', 'id', 'status'].flatMap((key) => (item.any(key) === undefined ? [] : [[key, item.any(key)]])),
  )
  const isPlain = typeof item.any('content') === 'string'
  const message: Message = { role, parts, ...(isPlain && { isPlain }), ...item.extra() }
  return withRequestPath(withHead(message, { fields }), item.path)
}

function decodeResult(item: Fields): ToolResultPart {
  const content = decodeContent(item, 'output')
  const isPlain = typeof item.any('output') === 'string'
  const callId = item.requiredString('call_id')
  const [type, id, status] = [item.any('type'), item.any('id'), item.any('status')]
  const fields = { type, ...(id !== undefined && { id }), ...(status !== undefined && { status }) }
  const result: ToolResultPart = { type: 'tool-result', callId, content, ...(isPlain && { isPlain }), ...item.extra() }
  return withRequestPath(withHead(result, { fields }), item.path)
}

type ContentPart = TextPart | MediaPart | NativePart

/** A string or a list of parts. */
function decodeContent(item: Fields, key: 'content' | 'output'): ContentPart[] {
  const content = item.any(key) ?? undefined
  if (content === undefined) throw item.wrong(key, 'is missing')
  if (typeof content === 'string') return [withRequestPath({ type: 'text', text: content }, `${item.path}.${key}`)]
  if (!Array.isArray(content)) throw item.wrong(key, 'must be a string or a list of parts')
  return (item.objects(key) ?? []).map((part, index) => withRequestPath(decodePart(part, content[index]), part.path))
}

function decodePart(part: Fields, original: unknown): ContentPart {
  const kind = part.requiredString('type')
  switch (kind) {
    case 'input_text':
    case 'output_text':
    case 'text': {
      const text: TextPart = { type: 'text', text: part.requiredString('text'), ...decodeCache(part), ...part.extra() }
      return withHead(text, { fields: {} }, { type: kind })
    }
    case 'input_image':
      return decodeImage(part)
    case 'input_file':
      return decodeFile(part)
    default:
      return { type: 'native', format: NAME, kind, value: original }
  }
}
