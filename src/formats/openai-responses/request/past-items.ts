import type { MediaPart, NativePart, Part, TextPart, ToolResultPart } from '../../../chat/part.ts'
import type { Message } from '../../../chat/request.ts'
import { isRecord } from '../../fields/fields.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { filled, listOf } from '../../fields/values.ts'
import { decodeUrl } from '../../openai-shared/media.ts'
import { freeformArguments } from '../../openai-shared/freeform-tools.ts'
import type { Losses } from '../../translation/losses.ts'
import type { FlatNames } from './flat-names.ts'
import { TOOL_SEARCH } from './generalize-tools.ts'
import { NAME } from '../name.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

export interface ItemContext {
  readonly path: () => string
  readonly isPast: boolean
  readonly names: FlatNames
  readonly calls: ReadonlySet<string>
  readonly losses: Losses
}

const OUTPUT = '_output'

/** The keys of calls that have an output: what kind of call, and which one. */
export function itemsByCall(messages: readonly Message[]): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const { parts } of messages)
    for (const part of parts) {
      const id =
        part.type === 'native' && part.format === NAME && part.kind.endsWith(OUTPUT) ? callIdOf(part) : undefined
      if (id !== undefined) keys.add(keyOf((part as NativePart).kind.slice(0, -OUTPUT.length), id))
    }
  return keys
}

const keyOf = (kind: string, id: string): string => `${kind} ${id}`

const callIdOf = ({ value }: NativePart): string | undefined => (isRecord(value) ? filled(value['call_id']) : undefined)

/** An item of the conversation in the terms of all formats; the item itself if it has no equivalent. */
export function pastItem(part: NativePart, context: ItemContext): Part | readonly Part[] {
  if (!isRecord(part.value)) return part
  const { value } = part
  const { isPast, path } = context
  switch (part.kind) {
    case 'custom_tool_call':
      return customCall(value, context) ?? part
    case 'image_generation_call':
      return image(value) ?? part
    case 'agent_message':
      return agentMessage(part, value, context)
    case 'input_audio':
      return audio(value) ?? part
    case 'item_reference':
      throw unsupported(
        context.path(),
        'Sluice does not keep this item; send the items themselves (most clients do so with "store": false)',
      )
    case 'additional_tools':
      return []
    case 'compaction_trigger':
      if (isPast) return part
      throw unsupported(
        path(),
        'only models of OpenAI compact a conversation; ask the model for a summary, or send the request to OpenAI or Azure',
      )
    case 'tool_search_call':
      return searchCall(value) ?? part
    default:
      return part.kind.endsWith(OUTPUT) ? result(part, value, context) : (clientCall(part, value, context) ?? part)
  }
}

function customCall(value: JsonObject, { names }: ItemContext): Part | undefined {
  const [id, name] = [filled(value['call_id']) ?? filled(value['id']), filled(value['name'])]
  if (id === undefined || name === undefined) return undefined
  const flat = names.of(filled(value['namespace']), name)
  return { type: 'tool-call', id, name: flat, arguments: freeformArguments(value['input']) }
}

/** A search that the client ran. One that the provider ran has no id. */
function searchCall({ call_id, arguments: input }: JsonObject): Part | undefined {
  if (typeof call_id !== 'string') return undefined
  const text = typeof input === 'string' ? input : JSON.stringify(input ?? {})
  return { type: 'tool-call', id: call_id, name: TOOL_SEARCH, arguments: text }
}

/** A call that the client ran (a shell, a computer) and whose output is in the conversation: its fields are the arguments. */
function clientCall({ kind }: NativePart, value: JsonObject, { calls }: ItemContext): Part | undefined {
  const { type: _, id: __, call_id, status: ___, ...fields } = value
  if (typeof call_id !== 'string' || !calls.has(keyOf(kind, call_id))) return undefined
  const [only] = Object.values(fields)
  const input = Object.keys(fields).length === 1 && isRecord(only) ? only : fields
  return { type: 'tool-call', id: call_id, name: kind.replace(/_call$/, ''), arguments: JSON.stringify(input) }
}

/** The output of a call. Without its call it becomes text. */
function result(part: NativePart, value: JsonObject, { names }: ItemContext): Part {
  const callId = callIdOf(part)
  if (callId === undefined) return part
  const name = part.kind.replace(/(?:_call|_tool_call)?_output$/, '')
  const output = value['output'] ?? value['result'] ?? foundTools(value['tools'], names)
  return {
    type: 'tool-result',
    callId,
    ...(part.kind !== 'custom_tool_call_output' && { name }),
    content: contentOf(output),
    ...(typeof output === 'string' && { isPlain: true }),
  }
}

/** The names of the tools that a search found. */
function foundTools(tools: unknown, names: FlatNames): unknown {
  if (!Array.isArray(tools)) return undefined
  const found = tools.flatMap((tool) => (isRecord(tool) ? namesIn(tool, names) : []))
  return `Tools found: ${found.join(', ') || 'none'}`
}

/** The names under which the tool, or the tools of the namespace, are offered. */
function namesIn(tool: JsonObject, names: FlatNames): string[] {
  const name = filled(tool['name'])
  if (name === undefined) return []
  if (tool['type'] !== 'namespace') return [name]
  return listOf(tool['tools']).flatMap((inner) =>
    isRecord(inner) && typeof inner['name'] === 'string' ? [names.of(name, inner['name'])] : [],
  )
}

type Content = ToolResultPart['content'][number]

function contentOf(output: unknown): readonly Content[] {
  if (output === undefined || output === null) return []
  if (typeof output === 'string') return [{ type: 'text', text: output }]
  const parts = (Array.isArray(output) ? output : [output]).map(contentPart)
  return parts.every((part) => part !== undefined) ? parts : [{ type: 'text', text: JSON.stringify(output) }]
}

/** A text, an image or the screenshot of a computer. */
function contentPart(part: unknown): TextPart | MediaPart | undefined {
  if (!isRecord(part)) return undefined
  const [text, url] = [part['text'], filled(part['image_url'])]
  if (typeof text === 'string') return { type: 'text', text }
  return url === undefined ? undefined : { type: 'media', kind: 'image', ...decodeUrl(url) }
}

function image(value: JsonObject): MediaPart | undefined {
  const data = filled(value['result'])
  if (data === undefined) return undefined
  const mediaType = `image/${filled(value['output_format']) ?? 'png'}`
  return { type: 'media', kind: 'image', source: { type: 'base64', data }, mediaType }
}

/**
 * What another agent said is text for the model. Encrypted content is left out; if the model should respond to nothing
 * else, the request is rejected.
 */
function agentMessage(part: NativePart, value: JsonObject, { path, isPast, losses }: ItemContext): readonly Part[] {
  const content = typeof value['content'] === 'string' ? [{ text: value['content'] }] : listOf(value['content'])
  const parts = content.map(contentPart)
  const readable = parts.filter((each) => each !== undefined)
  if (!isPast && readable.length === 0)
    throw unsupported(path(), 'the message of the other agent is encrypted, and only models of OpenAI can read it')
  if (readable.length === 0 || readable.length < parts.length)
    losses.note(path(), `removed: the encrypted content of ${part.kind} exists only in ${NAME}`)
  return readable
}

function audio(value: JsonObject): MediaPart | undefined {
  const inner = isRecord(value['input_audio']) ? value['input_audio'] : value
  const data = filled(inner['data'])
  if (data === undefined) return undefined
  const format = filled(inner['format']) ?? 'wav'
  return {
    type: 'media',
    kind: 'audio',
    source: { type: 'base64', data },
    mediaType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}`,
  }
}
