import type { MediaPart, Part, RefusalPart, TextPart } from '../../../chat/part.ts'
import type { Message } from '../../../chat/request.ts'
import type { ChatRequest } from '../../../chat/request.ts'
import type { Target } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { isSupported, unsupported } from '../../fields/unsupported.ts'
import type { Placed } from '../../translation/turns.ts'
import { encodeCache } from '../../openai-shared/cache.ts'
import { audioFormat, encodeUrl } from '../../openai-shared/media.ts'
import { LABEL, NAME } from '../../openai-shared/name.ts'
import { ownExtra, type EncodeContext } from '../../openai-shared/encode-context.ts'

/** Encodes one part of a `content` list. Throws GatewayError `unsupported_parameter`, naming the part. */
export function encodeContentPart(part: Part, path: string, context: EncodeContext): object {
  switch (part.type) {
    case 'text':
      return {
        type: 'text',
        text: part.text,
        ...encodeCache(part.cache, 'content', path, context),
        ...ownExtra(part.extra, context),
      }
    case 'refusal':
      return { type: 'refusal', refusal: part.text, ...ownExtra(part.extra, context) }
    case 'media':
      return {
        ...encodeMedia(part, path, context),
        ...encodeCache(part.cache, 'content', path, context),
        ...ownExtra(part.extra, context),
      }
    case 'native':
      if (part.format === NAME) return part.value as object
      throw unsupported(path, `${part.kind} exists only in ${part.format}; ${LABEL} has no equivalent`)
    default:
      throw unsupported(path, `${LABEL} does not support a ${part.type} part here`)
  }
}

/** Whether a user message can contain the part. */
export const acceptsMedia = (part: MediaPart, request: ChatRequest, target: Target): boolean =>
  isSupported(() => encodeMedia(part, '', { request, target, losses: new Losses(), isOwn: request.format === NAME }))

function encodeMedia(part: MediaPart, path: string, context: EncodeContext): object {
  switch (part.kind) {
    case 'image':
      if (part.name !== undefined) context.losses.note(`${path}.name`, 'removed: the target format has no image names')
      return {
        type: 'image_url',
        image_url: { url: encodeUrl(part, path), ...(part.detail !== undefined && { detail: part.detail }) },
      }
    case 'audio':
      if (part.source.type !== 'base64') throw unsupported(path, `${LABEL} accepts audio as base64 only`)
      return { type: 'input_audio', input_audio: { data: part.source.data, format: audioFormat(part.mediaType) } }
    case 'video':
      if (!context.isOwn) throw unsupported(path, `${LABEL} does not support video`)
      return {
        type: 'video_url',
        video_url: { url: encodeUrl(part, path), ...(part.detail !== undefined && { detail: part.detail }) },
      }
    case 'file':
      return encodeFile(part, path, context)
  }
}

/**
 * OpenAI accepts files as base64 or by id. A URL is sent only if the client wrote this format or the server fetches
 * URLs.
 */
function encodeFile(part: MediaPart, path: string, { isOwn, target, losses }: EncodeContext): object {
  const { source, name } = part
  const filename = name === undefined ? {} : { filename: name }
  if (source.type === 'text') {
    if (name !== undefined) losses.note(`${path}.title`, 'removed: the document is sent as plain text')
    return { type: 'text', text: source.text }
  }
  if (source.type === 'id') return { type: 'file', file: { file_id: source.id, ...filename } }
  if (source.type === 'url' && !isOwn && !target.capabilities.has('fetches-urls'))
    throw unsupported(path, `${LABEL} accepts files as base64 or by id, not by URL`)
  const fallback = isOwn ? {} : { filename: `document.${(part.mediaType ?? 'application/pdf').split('/')[1]}` }
  return { type: 'file', file: { ...fallback, ...filename, file_data: encodeUrl(part, path) } }
}

export const isText = (part: Part): part is TextPart => part.type === 'text'
export const isRefusal = (part: Part): part is RefusalPart => part.type === 'refusal'

/** A text without other fields, which does not need a list. */
export const isPlain = (part: Part, context: EncodeContext): part is TextPart =>
  part.type === 'text' && part.cache === undefined && (!context.isOwn || part.extra === undefined)

/** A string if possible: many servers accept nothing else for instructions and results. */
export function encodeContent(
  parts: readonly Placed[],
  { role, isPlain: wasPlain = false }: Pick<Message, 'role' | 'isPlain'>,
  context: EncodeContext,
): unknown {
  const canBeText = parts.every(({ part }) => isPlain(part, context))
  const isText = context.isOwn ? wasPlain : parts.length <= 1 || role !== 'user'
  if (canBeText && isText) return textOf(parts, role === 'assistant' ? '' : '\n\n')
  return parts.map(({ part, path }) => encodeContentPart(part, path, context))
}

const textOf = (parts: readonly Placed[], between: string): string =>
  parts.map(({ part }) => (isText(part) ? part.text : '')).join(between)
