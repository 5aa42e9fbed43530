import type { NativePart, Part, TextPart, ToolResultPart } from '../../../chat/part.ts'
import type { ChatRequest } from '../../../chat/request.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import { isRecord } from '../../fields/fields.ts'
import { filled, listOf } from '../../fields/values.ts'
import { mapParts } from '../../history/map-parts.ts'
import type { Losses } from '../../translation/losses.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/** Blocks that only this format has and that are texts: search results, references to tools, summaries. */
export const generalize = (request: ChatRequest, losses: Losses): ChatRequest =>
  mapParts(request, (part, { path }) => {
    if (part.type === 'tool-result') return generalResult(part, path, losses)
    return isOwn(part) ? (textOf(part, path, losses) ?? part) : part
  })

const isOwn = (part: Part): part is NativePart => part.type === 'native' && part.format === ANTHROPIC

function generalResult(part: ToolResultPart, path: () => string, losses: Losses): ToolResultPart {
  if (!part.content.some(isOwn)) return part
  const content = part.content.map((inner, index) =>
    isOwn(inner) ? (textOf(inner, () => `${path()}.content[${index}]`, losses) ?? inner) : inner,
  )
  return { ...part, content }
}

function textOf({ kind, value }: NativePart, path: () => string, losses: Losses): TextPart | undefined {
  const text = Object.hasOwn(TEXTS, kind) && isRecord(value) ? TEXTS[kind]!(value) : undefined
  if (text === undefined) return undefined
  losses.note(path(), `changed: ${kind} is sent as text`)
  return { type: 'text', text }
}

const TEXTS: Readonly<Record<string, (block: JsonObject) => string | undefined>> = {
  // The client offers the tool itself with the request.
  tool_reference: ({ tool_name: name }) => (typeof name === 'string' ? `Tool available: ${name}` : undefined),
  search_result: ({ title, source, content }) =>
    [filled(title), filled(source), ...textsIn(content)].filter((line) => line !== undefined).join('\n') || undefined,
  document: ({ title, context, source }) =>
    isRecord(source) && source['type'] === 'content'
      ? [filled(title), filled(context), ...textsIn(source['content'])].filter((line) => line !== undefined).join('\n')
      : undefined,
  compaction: ({ content }) => filled(content),
}

const textsIn = (content: unknown): string[] =>
  typeof content === 'string'
    ? [content]
    : listOf(content).flatMap((block) => (isRecord(block) ? (filled(block['text']) ?? []) : []))
