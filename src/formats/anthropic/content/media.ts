// Reads and writes images and documents.
import type { MediaPart, MediaSource } from '../../../chat/part.ts'
import type { Fields } from '../../fields/fields.ts'
import { isSupported, unsupported } from '../../fields/unsupported.ts'
import { mediaTypeOf } from '../../translation/media-type.ts'

const IMAGE_TYPES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

/** Reads the source of an image or a document. Undefined: a type that only Anthropic has (`content`). */
export function decodeSource(source: Fields): Pick<MediaPart, 'source' | 'mediaType'> | undefined {
  switch (source.requiredString('type')) {
    case 'base64':
      return typed({ type: 'base64', data: withoutBreaks(source.requiredString('data')) }, source.string('media_type'))
    case 'url':
      return { source: { type: 'url', url: source.requiredString('url') } }
    case 'file':
      return { source: { type: 'id', id: source.requiredString('file_id') } }
    case 'text':
      return typed({ type: 'text', text: source.requiredString('data') }, source.string('media_type'))
    default:
      return undefined
  }
}

const typed = (source: MediaSource, mediaType: string | undefined) => ({ source, ...(mediaType && { mediaType }) })

const withoutBreaks = (base64: string): string => (base64.includes('\n') ? base64.replaceAll(/\s+/g, '') : base64)

/** Writes the source of a request that was read from the Anthropic format, unchanged. */
export function encodeOwnSource({ source, mediaType }: MediaPart): object {
  switch (source.type) {
    case 'base64':
      return { type: 'base64', media_type: mediaType, data: source.data }
    case 'url':
      return source
    case 'id':
      return { type: 'file', file_id: source.id }
    case 'text':
      return { type: 'text', media_type: mediaType, data: source.text }
  }
}

/** Whether a user message can contain the part. */
export const acceptsMedia = (part: MediaPart): boolean => isSupported(() => encodeSource(part, ''))

/** Writes the source of a part of another format. Throws GatewayError `unsupported_parameter` for unsupported media. */
export function encodeSource(part: MediaPart, path: string): object {
  const { kind, source } = part
  if (kind !== 'image' && kind !== 'file') throw unsupported(path, `Anthropic does not accept ${kind} input`)
  if (source.type === 'id')
    throw unsupported(
      path,
      'Anthropic cannot read a file that was uploaded to another provider; send its data or a URL',
    )
  if (source.type === 'url') return source
  if (source.type === 'text') return { type: 'text', media_type: 'text/plain', data: source.text }
  const mediaType = mediaTypeOf(source.data, part.mediaType)?.toLowerCase()
  return kind === 'image' ? imageSource(source.data, mediaType, path) : documentSource(source.data, mediaType, path)
}

function imageSource(data: string, mediaType: string | undefined, path: string): object {
  if (mediaType !== undefined && IMAGE_TYPES.has(mediaType)) return { type: 'base64', media_type: mediaType, data }
  throw unsupported(path, `Anthropic accepts JPEG, PNG, GIF and WebP images, not ${mediaType ?? 'an unknown type'}`)
}

function documentSource(data: string, mediaType: string | undefined, path: string): object {
  if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data }
  if (mediaType?.startsWith('text/') || mediaType?.startsWith('application/json'))
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(data, 'base64').toString() }
  throw unsupported(path, `Anthropic accepts PDF and text documents, not ${mediaType ?? 'an unknown type'}`)
}
