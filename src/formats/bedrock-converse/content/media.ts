// Reads and writes images, documents, audio and video.
import type { MediaKind, MediaPart, MediaSource } from '../../../chat/part.ts'
import { withExtra } from '../../translation/extras.ts'
import type { Fields } from '../../fields/fields.ts'
import { isSupported, unsupported } from '../../fields/unsupported.ts'
import { mediaTypeOf } from '../../translation/media-type.ts'

/** The media type of each format. If several formats have one type, the first is written. */
type Formats = Readonly<Record<string, string>>

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html */
const FORMATS: Readonly<Record<MediaKind, Formats>> = {
  image: { png: 'image/png', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' },
  file: {
    pdf: 'application/pdf',
    csv: 'text/csv',
    doc: 'application/msword',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    xls: 'application/vnd.ms-excel',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    html: 'text/html',
    txt: 'text/plain',
    md: 'text/markdown',
  },
  audio: {
    mp3: 'audio/mpeg',
    wav: 'audio/wav',
    aac: 'audio/aac',
    flac: 'audio/flac',
    ogg: 'audio/ogg',
    opus: 'audio/opus',
    m4a: 'audio/mp4',
    webm: 'audio/webm',
    mka: 'audio/x-matroska',
    pcm: 'audio/pcm',
  },
  video: {
    mp4: 'video/mp4',
    mov: 'video/quicktime',
    mkv: 'video/x-matroska',
    webm: 'video/webm',
    flv: 'video/x-flv',
    mpeg: 'video/mpeg',
    wmv: 'video/x-ms-wmv',
    three_gp: 'video/3gpp',
  },
}

/** Other media types that clients use, with their format. */
const ALIASES: Formats = {
  'image/jpg': 'jpeg',
  'audio/mp3': 'mp3',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/m4a': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/x-flac': 'flac',
  'video/mov': 'mov',
  'text/x-markdown': 'md',
}

/** The block's key for each kind. */
const BLOCK_OF: Readonly<Record<MediaKind, string>> = {
  image: 'image',
  file: 'document',
  audio: 'audio',
  video: 'video',
}

/** Reads a media block. Undefined: only this format has its source (`content`). */
export function decodeMedia(inner: Fields, kind: MediaKind): MediaPart | undefined {
  const origin = inner.requiredObject('source')
  const source = decodeSource(origin)
  if (!source) return undefined
  const format = inner.string('format')
  const mediaType = format === undefined ? undefined : FORMATS[kind][format]
  const isLost = format !== undefined && formatFor(kind, mediaType) !== format
  const name = kind === 'file' ? inner.string('name') : undefined
  return {
    type: 'media',
    kind,
    source,
    ...(mediaType !== undefined && !isLost && { mediaType }),
    ...(name !== undefined && { name }),
    ...inner.extra({ source: origin.rest(), format: isLost ? format : undefined }),
  }
}

function decodeSource(source: Fields): MediaSource | undefined {
  const data = source.string('bytes')
  if (data !== undefined) return { type: 'base64', data }
  const text = source.string('text')
  if (text !== undefined) return { type: 'text', text }
  const place = source.peek('s3Location')
  if (place === undefined) return undefined
  const fields = source.requiredObject('s3Location')
  const url = fields.requiredString('uri')
  return fields.rest() ? undefined : { type: 'url', url }
}

/** Writes the block of a request that was read from the Converse format, unchanged. */
export function encodeOwnMedia(part: MediaPart): object {
  const { kind, source, mediaType, name, extra } = part
  const inner = {
    format: formatFor(kind, mediaType),
    ...(kind === 'file' && { name }),
    source: ownSource(source),
  }
  return { [BLOCK_OF[kind]]: withExtra(inner, extra) }
}

function ownSource(source: MediaSource): object {
  switch (source.type) {
    case 'base64':
      return { bytes: source.data }
    case 'text':
      return { text: source.text }
    case 'url':
      return { s3Location: { uri: source.url } }
    case 'id':
      return { s3Location: { uri: source.id } }
  }
}

/** Whether a user message can contain the part. */
export const acceptsMedia = (part: MediaPart): boolean =>
  isSupported(() => encodeMedia(part, '', createDocumentNames()))

/**
 * Writes the block of a part of another format. `nameFor` converts the name of a document to one that the API accepts.
 * Throws GatewayError `unsupported_parameter` for unsupported media.
 */
export function encodeMedia(part: MediaPart, path: string, nameFor: (name: string | undefined) => string): object {
  const { kind } = part
  const source = translatedSource(part.source, path)
  const inner = { format: mediaFormat(part, path), source }
  return { [BLOCK_OF[kind]]: kind === 'file' ? { ...inner, name: nameFor(part.name) } : inner }
}

function translatedSource(source: MediaSource, path: string): object {
  if (source.type === 'base64') return { bytes: source.data }
  if (source.type === 'text') return { bytes: Buffer.from(source.text).toString('base64') }
  if (source.type === 'id')
    throw unsupported(path, 'Bedrock cannot read a file that was uploaded to another provider; send its data as base64')
  if (source.url.startsWith('s3://')) return { s3Location: { uri: source.url } }
  throw unsupported(path, 'Bedrock fetches media only from S3; send the data as base64')
}

function mediaFormat({ kind, source, mediaType }: MediaPart, path: string): string {
  const type = source.type === 'base64' ? mediaTypeOf(source.data, mediaType) : mediaType
  const format = formatFor(
    kind,
    source.type === 'text' ? (type ?? 'text/plain') : (type ?? typeByExtension(kind, source)),
  )
  if (format !== undefined) return format
  const formats = Object.keys(FORMATS[kind]).join(', ')
  throw unsupported(path, `Bedrock accepts the ${BLOCK_OF[kind]} formats ${formats}, not ${type ?? 'an unknown type'}`)
}

/** The media type of an S3 URL, by its extension. */
function typeByExtension(kind: MediaKind, source: MediaSource): string | undefined {
  const [, extension = ''] = source.type === 'url' ? (/\.(\w+)$/.exec(source.url.toLowerCase()) ?? []) : []
  if (extension === 'jpg') return 'image/jpeg'
  return Object.hasOwn(FORMATS[kind], extension) ? FORMATS[kind][extension] : undefined
}

/** The format of a media type. Other text types become plain text. */
function formatFor(kind: MediaKind, mediaType: string | undefined): string | undefined {
  const [type = ''] = mediaType?.toLowerCase().split(';') ?? []
  const trimmed = type.trim()
  const [format] = Object.entries(FORMATS[kind]).find(([, known]) => known === trimmed) ?? []
  if (format !== undefined) return format
  const alias = Object.hasOwn(ALIASES, trimmed) ? ALIASES[trimmed]! : undefined
  if (alias !== undefined && Object.hasOwn(FORMATS[kind], alias)) return alias
  return kind === 'file' && /^(?:text\/|application\/json$)/.test(trimmed) ? 'txt' : undefined
}

const MAX_NAME_LENGTH = 200

/**
 * Converts names of documents to ones that the API accepts: letters, digits, single spaces, hyphens, parentheses and
 * brackets, unique within a request. The conversion is deterministic.
 */
export function createDocumentNames(): (name: string | undefined) => string {
  const taken = new Set<string>()
  return (name = '') => {
    const clean = name
      .replaceAll(/[^a-zA-Z0-9\-()[\]]+/g, ' ')
      .trim()
      .slice(0, MAX_NAME_LENGTH - 10)
    const stem = clean === '' ? 'Document' : clean
    let unique = clean === '' ? 'Document 1' : clean
    for (let copy = 2; taken.has(unique); copy++) unique = clean === '' ? `${stem} ${copy}` : `${stem} (${copy})`
    taken.add(unique)
    return unique
  }
}
