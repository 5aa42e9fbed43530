import type { MediaPart, MediaSource } from '../../../chat/part.ts'
import type { Fields } from '../../fields/fields.ts'
import type { ChatRequest } from '../../../chat/request.ts'
import type { Target } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { isSupported, unsupported } from '../../fields/unsupported.ts'
import { decodeCache } from '../../openai-shared/cache.ts'
import type { EncodeContext } from '../../openai-shared/encode-context.ts'
import { decodeUrl, encodeUrl } from '../../openai-shared/media.ts'
import { LABEL, NAME } from '../name.ts'

/** Decodes `{image_url | file_id, detail}`; the URL is a string, `data:` for base64. */
export function decodeImage(part: Fields): MediaPart {
  const [url, id, detail] = [part.string('image_url'), part.string('file_id'), part.string('detail')]
  if (url === undefined && id === undefined) throw part.wrong(undefined, 'needs image_url or file_id')
  return {
    type: 'media',
    kind: 'image',
    ...(url === undefined ? byId(id!) : decodeUrl(url)),
    ...(detail !== undefined && { detail }),
    ...decodeCache(part),
    ...part.extra(),
  }
}

/** Decodes `{file_data | file_url | file_id, filename}`; the data is a `data:` URL or plain base64. */
export function decodeFile(part: Fields): MediaPart {
  const [data, url, id] = [part.string('file_data'), part.string('file_url'), part.string('file_id')]
  const [name, detail] = [part.string('filename'), part.string('detail')]
  if (data === undefined && url === undefined && id === undefined)
    throw part.wrong(undefined, 'needs file_data, file_url or file_id')
  const source = data !== undefined ? decodeData(data) : url !== undefined ? byUrl(url) : byId(id!)
  return {
    type: 'media',
    kind: 'file',
    ...source,
    ...(name !== undefined && { name }),
    ...(detail !== undefined && { detail }),
    ...decodeCache(part),
    ...part.extra(),
  }
}

type Sourced = Pick<MediaPart, 'source' | 'mediaType'>

const byId = (id: string): Sourced => ({ source: { type: 'id', id } })
const byUrl = (url: string): Sourced => ({ source: { type: 'url', url } })

function decodeData(data: string): Sourced {
  const read = decodeUrl(data)
  return read.source.type === 'base64' ? read : { source: { type: 'base64', data } satisfies MediaSource }
}

/** Whether a user message can contain the part. */
export const acceptsMedia = (part: MediaPart, request: ChatRequest, target: Target): boolean =>
  isSupported(() => encodeMedia(part, '', { request, target, losses: new Losses(), isOwn: request.format === NAME }))

/** Throws GatewayError `unsupported_parameter`, naming the part, for media that this format cannot express. */
export function encodeMedia(part: MediaPart, path: string, context: EncodeContext): object {
  const { request, losses } = context
  const { source, kind, name } = part
  if (kind === 'audio' || kind === 'video') throw unsupported(path, `${LABEL} does not support ${kind}`)
  if (source.type === 'id' && request.format !== NAME && request.format !== 'openai-chat')
    throw unsupported(path, 'the file id is valid only at the provider where the file was uploaded')
  if (source.type === 'text') {
    if (name !== undefined) losses.note(`${path}.title`, 'removed: the document is sent as plain text')
    return { type: 'input_text', text: source.text }
  }
  return kind === 'image' ? encodeImage(part, path, context) : encodeFile(part, path, context)
}

function encodeImage(part: MediaPart, path: string, { isOwn, losses }: EncodeContext): object {
  const { source, detail, name } = part
  if (name !== undefined) losses.note(`${path}.name`, 'removed: the target format has no image names')
  return {
    type: 'input_image',
    ...(source.type === 'id' ? { file_id: source.id } : { image_url: encodeUrl(part, path) }),
    ...((detail !== undefined || !isOwn) && { detail: detail ?? 'auto' }),
  }
}

function encodeFile(part: MediaPart, path: string, { isOwn }: EncodeContext): object {
  const { source, name, detail, mediaType } = part
  const more = { ...(name !== undefined && { filename: name }), ...(detail !== undefined && { detail }) }
  if (source.type === 'id') return { type: 'input_file', file_id: source.id, ...more }
  if (source.type === 'url') return { type: 'input_file', file_url: source.url, ...more }
  if (isOwn && mediaType === undefined && source.type === 'base64')
    return { type: 'input_file', file_data: source.data, ...more }
  // OpenAI rejects data without a name.
  const filename = `document.${(mediaType ?? 'application/pdf').split('/')[1]}`
  return { type: 'input_file', filename, file_data: encodeUrl(part, path), ...more }
}
