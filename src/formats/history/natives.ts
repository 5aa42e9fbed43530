import type { MediaPart, NativePart, Part, ToolResultPart } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import type { Losses } from '../translation/losses.ts'
import { hasPart, mapParts } from './map-parts.ts'

/** What the upstream's format can express of the parts that not every format has. */
export interface PartSupport {
  /** The name of the format; native parts of it are kept. */
  readonly format: string
  /** Whether it accepts the media of a user or of a tool result. */
  readonly acceptsMedia: (part: MediaPart) => boolean
  /** Whether it accepts media that a model generated earlier, in their place. */
  readonly takesModelMedia: boolean
}

/**
 * Leaves out the parts of the past that the upstream's format cannot express, and notes each: steps of hosted tools (the
 * text that followed them stays), media of earlier messages. What the client says now stays, to be rejected by name.
 */
export function withoutForeignParts(request: ChatRequest, support: PartSupport, losses: Losses): ChatRequest {
  if (!hasPart(request, isNotText)) return request
  return mapParts(request, (part, { role, isPast, path }) => {
    if (part.type === 'native' && part.format !== support.format)
      return isPast || role === 'assistant' ? omitted(part, path(), losses) : part
    if (part.type === 'media' && role !== 'assistant' && isPast) return mediaOrText(part, path, support, losses)
    return part.type === 'tool-result' ? withoutForeignContent(part, path, support, losses) : part
  })
}

/** Whether it may be a part that not every format has. */
export const isNotText = (part: Part): boolean =>
  part.type === 'native' ||
  part.type === 'media' ||
  (part.type === 'tool-result' && part.content.some(({ type }) => type !== 'text'))

function omitted({ kind, format }: NativePart, path: string, losses: Losses): readonly Part[] {
  losses.note(path, `removed: ${kind} exists only in ${format}`)
  return []
}

/** The result of a tool is the past, except for an image, which the model has to see. */
function withoutForeignContent(
  part: ToolResultPart,
  path: () => string,
  support: PartSupport,
  losses: Losses,
): ToolResultPart {
  if (part.content.every(({ type }) => type === 'text')) return part
  let isChanged = false
  const content = part.content.flatMap((inner, index): ToolResultPart['content'] => {
    const innerPath = () => `${path()}.content[${index}]`
    const kept = contentOf(inner, innerPath, support, losses)
    isChanged ||= kept !== inner
    return kept ? [kept] : []
  })
  return isChanged ? { ...part, content } : part
}

type Content = ToolResultPart['content'][number]

function contentOf(part: Content, path: () => string, support: PartSupport, losses: Losses): Content | undefined {
  if (part.type === 'media') return mediaOrText(part, path, support, losses)
  if (part.type === 'text' || part.format === support.format) return part
  omitted(part, path(), losses)
  return undefined
}

function mediaOrText<Kept extends MediaPart>(
  part: Kept,
  path: () => string,
  { acceptsMedia }: PartSupport,
  losses: Losses,
): Kept | Extract<Content, { type: 'text' }> {
  if (acceptsMedia(part)) return part
  const { kind, name } = part
  losses.note(path(), `removed: the upstream does not accept this ${kind}, so a text in its place names it`)
  return { type: 'text', text: `[${kind}${name === undefined ? '' : ` ${name}`}: not available to this model]` }
}
