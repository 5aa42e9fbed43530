// Images and documents, both directions.
import type { MediaPart, MediaSource } from '../../chat/part.ts'
import type { Fields } from '../fields/fields.ts'
import { unsupported } from '../fields/unsupported.ts'
import { mediaTypeOf } from '../translation/media-type.ts'

const IMAGE_TYPES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

/** The source of an image or a document; undefined for a kind that only Anthropic has (`content`). */
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

/** The source as it came from a client of this language. */
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

/** The source of another language's part. Throws GatewayError `unsupported_parameter` for what Claude cannot look at. */
export function encodeSource(part: MediaPart, path: string): object {
  const { kind, source } = part
  if (kind !== 'image' && kind !== 'file') throw unsupported(path, `Anthropic takes no ${kind}`)
  if (source.type === 'id') throw unsupported(path, 'a file that was uploaded elsewhere is not known to Anthropic')
  if (source.type === 'url') return source
  if (source.type === 'text') return { type: 'text', media_type: 'text/plain', data: source.text }
  const mediaType = mediaTypeOf(source.data, part.mediaType)?.toLowerCase()
  return kind === 'image' ? imageSource(source.data, mediaType, path) : documentSource(source.data, mediaType, path)
}

function imageSource(data: string, mediaType: string | undefined, path: string): object {
  if (mediaType !== undefined && IMAGE_TYPES.has(mediaType)) return { type: 'base64', media_type: mediaType, data }
  throw unsupported(path, `Anthropic takes JPEG, PNG, GIF and WebP images, not ${mediaType ?? 'one of unknown type'}`)
}

function documentSource(data: string, mediaType: string | undefined, path: string): object {
  if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data }
  if (mediaType?.startsWith('text/') || mediaType?.startsWith('application/json'))
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(data, 'base64').toString() }
  throw unsupported(path, `Anthropic takes PDF and text documents, not ${mediaType ?? 'one of unknown type'}`)
}
