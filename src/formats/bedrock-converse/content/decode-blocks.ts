// Content blocks, read as parts: blocks of a request's history and blocks of a response. A block is an object with one
// key, its kind. Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
import type {
  Citation,
  NativePart,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../../chat/part.ts'
import type { ResponsePart } from '../../../chat/response.ts'
import { readSeal, readSealBytes } from '../../../chat/seal.ts'
import { type Fields, isRecord } from '../../fields/fields.ts'
import { withOriginal } from '../../fields/originals.ts'
import { isMarkable, markIn } from './cache.ts'
import { decodeMedia } from './media.ts'
import { CONVERSE } from '../name.ts'

/** Reads the value of a block. Undefined: only the Converse format can express this block. */
type Read<Kind> = (inner: Fields) => Kind | undefined

const ANSWER_BLOCKS: Readonly<Record<string, Read<Exclude<ResponsePart, NativePart>>>> = {
  toolUse: decodeCall,
  reasoningContent: decodeReasoning,
  citationsContent: decodeCited,
  image: (inner) => decodeMedia(inner, 'image'),
  audio: (inner) => decodeMedia(inner, 'audio'),
  video: (inner) => decodeMedia(inner, 'video'),
}

const REQUEST_BLOCKS: Readonly<Record<string, Read<Exclude<Part, NativePart>>>> = {
  ...ANSWER_BLOCKS,
  document: (inner) => decodeMedia(inner, 'file'),
  toolResult: decodeResult,
}

export const decodeResponseBlock = (block: Fields): ResponsePart => decode(block, ANSWER_BLOCKS)

/** Reads the blocks of a message or of the system prompt. A cache mark is attached to the part before it. */
export function decodeBlocks(blocks: readonly Fields[]): readonly Part[] {
  const parts: Part[] = []
  for (const block of blocks) {
    const mark = markIn(block)
    const last = parts.at(-1)
    if (mark && isMarkable(last)) parts[parts.length - 1] = { ...last, cache: mark }
    else parts.push(decode(block, REQUEST_BLOCKS))
  }
  return parts
}

function decode<Kind>(block: Fields, readers: Readonly<Record<string, Read<Kind>>>): Kind | TextPart | NativePart {
  const text = block.string('text')
  if (text !== undefined) {
    if (block.peek('type') === 'text') block.any('type') // Some servers add it, as other formats do.
    return { type: 'text', text, ...block.extra() }
  }
  const value = block.rest() ?? {}
  const kind = Object.keys(value).find((key) => isRecord(value[key])) ?? Object.keys(value)[0] ?? 'empty'
  const inner = Object.hasOwn(readers, kind) ? block.object(kind) : undefined
  return (inner && readers[kind]!(inner)) ?? { type: 'native', format: CONVERSE, kind, value }
}

/** `type: tool_use` is redundant. A call of another type is one that Bedrock makes itself. */
function decodeCall(inner: Fields): ToolCallPart | undefined {
  const type = inner.string('type')
  if (type !== undefined && type !== 'tool_use') return undefined
  return {
    type: 'tool-call',
    id: inner.requiredString('toolUseId'),
    name: inner.requiredString('name'),
    arguments: JSON.stringify(inner.any('input') ?? {}),
    ...inner.extra(),
  }
}

/** Hidden reasoning has no text; visible reasoning can have a signature. */
function decodeReasoning(inner: Fields): ReasoningPart | undefined {
  const data = inner.string('redactedContent')
  if (data !== undefined)
    return { type: 'reasoning', text: '', seal: readSealBytes(data, CONVERSE, 'data'), ...inner.extra() }
  const shown = inner.object('reasoningText')
  const text = shown?.string('text')
  const signature = shown?.string('signature')
  if (!shown || (text === undefined && signature === undefined)) return undefined
  return {
    type: 'reasoning',
    text: text ?? '',
    ...(signature !== undefined && { seal: readSeal(signature, CONVERSE) }),
    ...inner.extra({ reasoningText: shown.rest() }),
  }
}

/** Text with its sources; its pieces are joined into one text. */
function decodeCited(inner: Fields): TextPart | undefined {
  const texts = inner.list('content')?.map((piece) => (isRecord(piece) ? piece['text'] : undefined)) ?? []
  if (!texts.every((text) => typeof text === 'string')) return undefined
  const citations = inner.list('citations')?.map(decodeCitation) ?? []
  return { type: 'text', text: texts.join(''), citations, ...inner.extra() }
}

/** Reads a citation. It covers its whole block, so it has no range. */
export function decodeCitation(value: unknown): Citation {
  const given = isRecord(value) ? value : {}
  const { title, sourceContent, location } = given
  const quote = Array.isArray(sourceContent)
    ? sourceContent.map((piece) => (isRecord(piece) && typeof piece['text'] === 'string' ? piece['text'] : '')).join('')
    : ''
  const url = isRecord(location) && isRecord(location['web']) ? location['web']['url'] : undefined
  return {
    ...(typeof url === 'string' && { url }),
    ...(typeof title === 'string' && { title }),
    ...(quote !== '' && { quote }),
    native: { format: CONVERSE, value },
  }
}

const STATUSES = ['success', 'error'] as const

function decodeResult(inner: Fields): ToolResultPart | undefined {
  if (inner.peek('type') !== undefined) return undefined
  const status = inner.oneOf('status', STATUSES)
  return {
    type: 'tool-result',
    callId: inner.requiredString('toolUseId'),
    content: (inner.objects('content') ?? []).map(decodeResultContent),
    ...(status && { isError: status === 'error' }),
    ...inner.extra(),
  }
}

/** JSON content becomes its text; the Converse format gets the original back. */
function decodeResultContent(block: Fields): ToolResultPart['content'][number] {
  const json = block.peek('json')
  if (json !== undefined) return withOriginal({ type: 'text', text: JSON.stringify(json) }, block.whole())
  const part = decode(block, REQUEST_BLOCKS)
  if (part.type === 'text' || part.type === 'media' || part.type === 'native') return part
  throw block.wrong(undefined, `is a ${part.type}, which a tool result cannot contain`)
}
