import type { MediaPart, NativePart, ReasoningPart, RefusalPart, TextPart } from '../../chat/part.ts'
import type { Fields } from '../fields/fields.ts'
import { decodeCache } from './cache.ts'
import { audioType, decodeUrl } from './media.ts'
import { NAME } from './name.ts'
import { filled, listOf } from '../fields/values.ts'

export type ContentPart = TextPart | MediaPart | RefusalPart | ReasoningPart | NativePart

/** Decodes the `content` of a message: a string, a list of parts, or null. */
export function decodeContent(message: Fields): ContentPart[] {
  const content = message.any('content') ?? ''
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw message.wrong('content', 'must be a string or a list of parts')
  const path = message.path === '' ? 'content' : `${message.path}.content`
  return content.map((item: unknown, index) => {
    if (typeof item === 'string') return { type: 'text', text: item } as const
    return decodePart(message.at(item, `${path}[${index}]`), item)
  })
}

const READERS: Readonly<Record<string, (part: Fields) => ContentPart | undefined>> = {
  text: (part) => ({ type: 'text', text: part.requiredString('text'), ...decodeCache(part), ...part.extra() }),
  refusal: (part) => ({ type: 'refusal', text: part.requiredString('refusal'), ...part.extra() }),
  image_url: (part) => media(part, 'image'),
  video_url: (part) => media(part, 'video'),
  input_audio: audio,
  file,
  thinking,
}

/** Unknown kinds are carried unchanged, for servers that support them. */
function decodePart(part: Fields, original: unknown): ContentPart {
  const kind = part.requiredString('type')
  const known = Object.hasOwn(READERS, kind) ? READERS[kind]!(part) : undefined
  return known ?? { type: 'native', format: NAME, kind, value: original }
}

/** `{"image_url": {"url", "detail"}}`; some clients write the URL itself as the value. */
function media(part: Fields, kind: 'image' | 'video'): MediaPart {
  const key = `${kind}_url`
  const inner = typeof part.any(key) === 'string' ? undefined : part.requiredObject(key)
  const detail = inner?.string('detail')
  return {
    type: 'media',
    kind,
    ...decodeUrl(inner?.requiredString('url') ?? part.requiredString(key)),
    ...(detail !== undefined && { detail }),
    ...decodeCache(part),
    ...part.extra(),
  }
}

/** Base64 data and its format. Mistral accepts a URL string here, which is carried unchanged. */
function audio(part: Fields): MediaPart | undefined {
  if (typeof part.any('input_audio') === 'string') return undefined
  const inner = part.requiredObject('input_audio')
  return {
    type: 'media',
    kind: 'audio',
    source: { type: 'base64', data: inner.requiredString('data') },
    mediaType: audioType(inner.string('format') ?? 'wav'),
    ...decodeCache(part),
    ...part.extra(),
  }
}

/** A file by id or as a `data:` URL. OpenRouter also accepts a URL in `file_data`. */
function file(part: Fields): MediaPart {
  const inner = part.requiredObject('file')
  const [id, data, name] = [inner.string('file_id'), inner.string('file_data'), inner.string('filename')]
  if (id === undefined && data === undefined) throw inner.wrong(undefined, 'needs file_data or file_id')
  return {
    type: 'media',
    kind: 'file',
    ...(data === undefined ? { source: { type: 'id', id: id! } as const } : fileSource(data)),
    ...(name !== undefined && { name }),
    ...decodeCache(part),
    ...part.extra(),
  }
}

const fileSource = (data: string): Pick<MediaPart, 'source' | 'mediaType'> =>
  /^(data:|https?:)/.test(data) ? decodeUrl(data) : { source: { type: 'base64', data } }

/** Mistral's reasoning: `{"type": "thinking", "thinking": [{"type": "text", "text"}]}`. */
function thinking(part: Fields): ReasoningPart {
  part.any('closed')
  return { type: 'reasoning', text: thinkingText(part.any('thinking')), ...part.extra() }
}

export const thinkingText = (thinking: unknown): string =>
  typeof thinking === 'string'
    ? thinking
    : listOf(thinking)
        .map((chunk) => filled((chunk as { text?: unknown } | null)?.text) ?? '')
        .join('')
