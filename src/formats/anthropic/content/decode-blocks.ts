// Content blocks, read as parts: blocks of a request's history and blocks of a response.
import type { MediaPart, NativePart, Part, ReasoningPart, TextPart, ToolResultPart } from '../../../chat/part.ts'
import type { ResponsePart } from '../../../chat/response.ts'
import { readSeal } from '../../../chat/seal.ts'
import { sealCalls } from '../../translation/call-seals.ts'
import type { Fields } from '../../fields/fields.ts'
import { decodeCache } from './cache.ts'
import { decodeSource } from './media.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import { decodeCitation } from './citations.ts'

/** Reads one kind of block. Undefined: only the Anthropic format can express this block. */
type Read<Kind> = (block: Fields) => Kind | undefined

const ANSWER_BLOCKS: Readonly<Record<string, Read<Exclude<ResponsePart, NativePart>>>> = {
  text: decodeText,
  thinking: decodeThinking,
  redacted_thinking: (block) => ({
    type: 'reasoning',
    text: '',
    seal: readSeal(block.requiredString('data'), ANTHROPIC, 'data'),
    ...block.extra(),
  }),
  tool_use(block) {
    const { mark, rest } = decodeCache(block)
    return {
      type: 'tool-call',
      id: block.requiredString('id'),
      name: block.requiredString('name'),
      arguments: JSON.stringify(block.record('input') ?? {}),
      ...mark,
      ...block.extra({ cache_control: rest }),
    }
  },
}

const REQUEST_BLOCKS: Readonly<Record<string, Read<Exclude<Part, NativePart>>>> = {
  ...ANSWER_BLOCKS,
  image: (block) => decodeMedia(block, 'image'),
  document: (block) => decodeMedia(block, 'file'),
  tool_result: decodeToolResult,
}

export const decodeResponseBlock = (block: Fields): ResponsePart => decode(block, ANSWER_BLOCKS)

/** Reads the content of a message or of another field: a list of blocks, or a plain string. */
export function decodeContent(holder: Fields, key = 'content'): { parts: readonly Part[]; isPlain?: true } {
  const content = holder.any(key)
  if (typeof content === 'string') return { parts: [{ type: 'text', text: content }], isPlain: true }
  const blocks = holder.objects(key)
  if (!blocks) throw holder.wrong(key, 'is missing')
  return {
    parts: sealCalls(
      blocks.map((block) => decode(block, REQUEST_BLOCKS)),
      ANTHROPIC,
    ),
  }
}

function decode<Kind>(block: Fields, readers: Readonly<Record<string, Read<Kind>>>): Kind | NativePart {
  const kind = block.requiredString('type')
  const part = Object.hasOwn(readers, kind) ? readers[kind]!(block) : undefined
  return part ?? { type: 'native', format: ANTHROPIC, kind, value: block.whole() }
}

function decodeText(block: Fields): TextPart {
  const text = block.requiredString('text')
  const citations = block.list('citations')?.map(decodeCitation) ?? []
  const { mark, rest } = decodeCache(block)
  return {
    type: 'text',
    text,
    ...(citations.length > 0 && { citations }),
    ...mark,
    ...block.extra({ cache_control: rest }),
  }
}

function decodeThinking(block: Fields): ReasoningPart {
  const text = block.requiredString('thinking')
  const signature = block.string('signature')
  return { type: 'reasoning', text, ...(signature && { seal: readSeal(signature, ANTHROPIC) }), ...block.extra() }
}

function decodeMedia(block: Fields, kind: 'image' | 'file'): MediaPart | undefined {
  const origin = block.requiredObject('source')
  const source = decodeSource(origin)
  if (!source) return undefined
  const name = kind === 'file' ? block.string('title') : undefined
  const { mark, rest } = decodeCache(block)
  return {
    type: 'media',
    kind,
    ...source,
    ...(name !== undefined && { name }),
    ...mark,
    ...block.extra({ source: origin.rest(), cache_control: rest }),
  }
}

function decodeToolResult(block: Fields): ToolResultPart {
  const { parts, isPlain } = block.any('content') == null ? { parts: [] } : decodeContent(block)
  const isError = block.boolean('is_error')
  const { mark, rest } = decodeCache(block)
  return {
    type: 'tool-result',
    callId: block.requiredString('tool_use_id'),
    content: parts.map((part, index) => resultPart(block, part, index)),
    ...(isPlain && { isPlain }),
    ...(isError !== undefined && { isError }),
    ...mark,
    ...block.extra({ cache_control: rest }),
  }
}

function resultPart(block: Fields, part: Part, index: number): ToolResultPart['content'][number] {
  if (part.type === 'text' || part.type === 'media' || part.type === 'native') return part
  throw block.wrong(`content[${index}]`, `is a ${part.type}, which a tool result cannot contain`)
}
