import type { MediaKind, MediaPart, MediaSource } from '../../../chat/part.ts'
import type { Fields } from '../../fields/fields.ts'
import type { ChatRequest } from '../../../chat/request.ts'
import type { Target } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { isSupported, unsupported } from '../../fields/unsupported.ts'
import { mediaTypeOf } from '../../translation/media-type.ts'
import { typeOfUrl } from '../../translation/url-type.ts'
import { extraOf, protoObject } from '../proto.ts'

const KINDS: readonly MediaKind[] = ['image', 'audio', 'video']

/** URLs of files uploaded to Google. Only Google can read them. */
const UPLOADED = /^gs:\/\/|^https:\/\/generativelanguage\.googleapis\.com\//

/**
 * Reads `inlineData` or `fileData` of a part; undefined: it has neither. Source: https://ai.google.dev/api/caching#Part
 */
export function decodeMedia(part: Fields): MediaPart | undefined {
  const inline = protoObject(part, 'inlineData')
  const blob = inline ?? protoObject(part, 'fileData')
  if (!blob) return undefined
  const mediaType = blob.string('mimeType')
  const name = blob.string('displayName')
  return {
    type: 'media',
    kind: kindOf(mediaType),
    source: inline ? { type: 'base64', data: standardBase64(inline.string('data') ?? '') } : sourceOf(blob),
    ...(mediaType !== undefined && { mediaType }),
    ...(name !== undefined && { name }),
    ...extraOf([
      ['', part],
      [inline ? 'inlineData' : 'fileData', blob],
    ]),
  }
}

export const kindOf = (mediaType: string | undefined): MediaKind =>
  KINDS.find((kind) => mediaType?.startsWith(`${kind}/`)) ?? 'file'

/** Gemini accepts both alphabets of base64; other formats accept only the standard one. */
const standardBase64 = (data: string): string =>
  /[-_]/.test(data) ? data.replaceAll('-', '+').replaceAll('_', '/') : data

function sourceOf(file: Fields): MediaSource {
  const uri = file.requiredString('fileUri')
  return UPLOADED.test(uri) ? { type: 'id', id: uri } : { type: 'url', url: uri }
}

/** What the encoder of media needs from its request. */
export interface MediaRules {
  readonly fetchesUrls: boolean
  /** The request was read from the Gemini format: media are written unchanged. */
  readonly isOwn: boolean
  readonly losses: Losses
}

/** Whether a message can contain the part. */
export const acceptsMedia = (part: MediaPart, { format }: ChatRequest, { capabilities }: Target): boolean => {
  const rules = { fetchesUrls: capabilities.has('fetches-urls'), isOwn: format === 'gemini', losses: new Losses() }
  return isSupported(() => encodeMedia(part, '', rules))
}

/**
 * Writes the field of a part. Throws GatewayError `unsupported_parameter` for media that this upstream cannot access.
 */
export function encodeMedia(part: MediaPart, path: string, rules: MediaRules): Record<string, unknown> {
  const { source, mediaType, name } = part
  if (name !== undefined && !rules.isOwn) rules.losses.note(`${path}.filename`, 'removed: Gemini has no file names')
  const labels = {
    ...(mediaType !== undefined && { mimeType: mediaType }),
    ...(rules.isOwn && name !== undefined && { displayName: name }),
  }
  switch (source.type) {
    case 'base64':
      return { inlineData: { ...labels, mimeType: typeOfBytes(part, source.data, path, rules), data: source.data } }
    case 'text':
      return { text: source.text }
    case 'id':
      if (!UPLOADED.test(source.id) && !rules.isOwn)
        throw unsupported(path, `the file ${source.id} is not stored at this provider; send its data`)
      return { fileData: { ...labels, fileUri: source.id } }
    case 'url':
      if (!rules.fetchesUrls && !rules.isOwn)
        throw unsupported(path, 'this provider does not fetch URLs; send the data as base64')
      return { fileData: { ...labels, ...typeOfFile(part, source.url, rules), fileUri: source.url } }
  }
}

/** Vertex requires the media type of a file; most clients of other formats do not know it. */
function typeOfFile({ mediaType }: MediaPart, url: string, { isOwn }: MediaRules): { mimeType?: string } {
  const type = isOwn || mediaType !== undefined ? undefined : typeOfUrl(url)
  return type === undefined ? {} : { mimeType: type }
}

/** The media type of inline data. If the client's is wrong or absent, it is detected from the bytes. */
function typeOfBytes({ mediaType }: MediaPart, data: string, path: string, { isOwn }: MediaRules): string {
  const type = isOwn ? mediaType : mediaTypeOf(data, mediaType)
  if (type !== undefined || isOwn) return type ?? ''
  throw unsupported(path, 'Gemini requires the media type of the data')
}
