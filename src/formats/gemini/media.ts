import type { MediaKind, MediaPart, MediaSource } from '../../chat/part.ts'
import type { Fields } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { mediaTypeOf } from '../translation/media-type.ts'
import { extraOf, protoObject } from './proto.ts'

const KINDS: readonly MediaKind[] = ['image', 'audio', 'video']

/** Where Google keeps uploaded files: nobody else can read them. */
const UPLOADED = /^gs:\/\/|^https:\/\/generativelanguage\.googleapis\.com\//

/** `inlineData` or `fileData` of a part; undefined when there is neither. Source: https://ai.google.dev/api/caching#Part */
export function decodeMedia(part: Fields): MediaPart | undefined {
  const inline = protoObject(part, 'inlineData')
  const blob = inline ?? protoObject(part, 'fileData')
  if (!blob) return undefined
  const mediaType = blob.string('mimeType')
  const name = blob.string('displayName')
  return {
    type: 'media',
    kind: kindOf(mediaType),
    source: inline ? { type: 'base64', data: standardBase64(inline.string('data') ?? '') } : locate(blob),
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

/** Bytes may come in either alphabet of base64; other languages know the first only. */
const standardBase64 = (data: string): string =>
  /[-_]/.test(data) ? data.replaceAll('-', '+').replaceAll('_', '/') : data

function locate(file: Fields): MediaSource {
  const uri = file.requiredString('fileUri')
  return UPLOADED.test(uri) ? { type: 'id', id: uri } : { type: 'url', url: uri }
}

/** What an encoder of media has to know. */
export interface MediaRules {
  readonly fetchesUrls: boolean
  /** The client speaks Gemini: its media go back as they came. */
  readonly isOwn: boolean
  readonly losses: Losses
}

/** The field of a part; refuses what this upstream cannot get at. */
export function encodeMedia(part: MediaPart, path: string, rules: MediaRules): Record<string, unknown> {
  const { source, mediaType, name } = part
  if (name !== undefined && !rules.isOwn) rules.losses.note(`${path}.filename`, 'removed: files have no names there')
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
        throw unsupported(path, `the file ${source.id} is not with this provider`)
      return { fileData: { ...labels, fileUri: source.id } }
    case 'url':
      if (!rules.fetchesUrls && !rules.isOwn)
        throw unsupported(path, 'this provider fetches nothing: send the data itself')
      return { fileData: { ...labels, fileUri: source.url } }
  }
}

/** Bytes need a type: what they are, where the client was wrong or said nothing. */
function typeOfBytes({ mediaType }: MediaPart, data: string, path: string, { isOwn }: MediaRules): string {
  const type = isOwn ? mediaType : mediaTypeOf(data, mediaType)
  if (type !== undefined || isOwn) return type ?? ''
  throw unsupported(path, 'Gemini has to be told the media type')
}
