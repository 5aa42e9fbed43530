import type { MediaPart, MediaSource } from '../../chat/part.ts'
import { unsupported } from '../fields/unsupported.ts'
import { mediaTypeOf } from '../translation/media-type.ts'
import { LABEL } from './name.ts'

const DATA_URL = /^data:([^;,]*);base64,/

/** The media source of a URL. A `data:` URL contains the data itself. */
export function decodeUrl(url: string): { source: MediaSource; mediaType?: string } {
  const head = DATA_URL.exec(url)
  if (!head) return { source: { type: 'url', url } }
  const source = { type: 'base64', data: url.slice(head[0].length) } as const
  return head[1] === '' ? { source } : { source, mediaType: head[1]! }
}

/** A URL for the source; `data:` for base64. Throws GatewayError `unsupported_parameter` for file ids and text. */
export function encodeUrl({ source, mediaType, kind }: MediaPart, path: string): string {
  if (source.type === 'url') return source.url
  if (source.type === 'base64') {
    const type = mediaType ?? mediaTypeOf(source.data) ?? 'application/octet-stream'
    return `data:${type};base64,${source.data}`
  }
  throw unsupported(path, `${LABEL} does not support ${kind} input by ${source.type === 'id' ? 'file id' : 'text'}`)
}

const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/mpga': 'mp3',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/vnd.wave': 'wav',
}

/** `wav`, `mp3`, or another format that some servers accept. */
export const audioFormat = (mediaType: string | undefined): string =>
  AUDIO_FORMATS[mediaType ?? ''] ?? mediaType?.replace('audio/', '') ?? 'wav'

export const audioType = (format: string): string => (format === 'mp3' ? 'audio/mpeg' : `audio/${format}`)
