/** The first bytes of files of a type, as Latin-1 text with offsets. */
interface Signature {
  readonly type: string
  readonly bytes: readonly (readonly [offset: number, bytes: string])[]
  /** Other names of the type, and other types in the same container: a declaration of one of these is accepted. */
  readonly also?: readonly string[]
}

// Sources: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern and the sections after it;
// https://en.wikipedia.org/wiki/List_of_file_signatures
const SIGNATURES: readonly Signature[] = [
  { type: 'image/png', bytes: [[0, '\x89PNG\r\n\x1a\n']] },
  { type: 'image/jpeg', bytes: [[0, '\xff\xd8\xff']] },
  { type: 'image/gif', bytes: [[0, 'GIF87a']] },
  { type: 'image/gif', bytes: [[0, 'GIF89a']] },
  riff('image/webp', 'WEBP'),
  riff('audio/wav', 'WAVE', ['audio/x-wav', 'audio/wave', 'audio/vnd.wave']),
  { type: 'application/pdf', bytes: [[0, '%PDF-']] },
  { type: 'image/tiff', bytes: [[0, 'II*\0']] },
  { type: 'image/tiff', bytes: [[0, 'MM\0*']] },
  {
    type: 'image/bmp',
    bytes: [
      [0, 'BM'],
      [6, '\0\0\0\0'],
    ],
  },
  brand('image/avif', 'avif'),
  brand('image/heic', 'heic', ['image/heif']),
  brand('image/heif', 'mif1', ['image/heic']),
  brand('audio/mp4', 'M4A ', ['audio/m4a', 'audio/x-m4a', 'audio/aac', 'video/mp4']),
  brand('video/quicktime', 'qt  ', ['video/mov']),
  {
    type: 'video/mp4',
    bytes: [[4, 'ftyp']],
    also: ['audio/mp4', 'audio/m4a', 'audio/x-m4a', 'video/quicktime', 'video/3gpp'],
  },
  mp3('ID3'),
  mp3('\xff\xfb'),
  mp3('\xff\xf3'),
  mp3('\xff\xf2'),
  { type: 'audio/aac', bytes: [[0, '\xff\xf1']] },
  { type: 'audio/aac', bytes: [[0, '\xff\xf9']] },
  { type: 'audio/flac', bytes: [[0, 'fLaC']], also: ['audio/x-flac'] },
  { type: 'audio/ogg', bytes: [[0, 'OggS']], also: ['audio/opus', 'audio/vorbis', 'video/ogg', 'application/ogg'] },
  {
    type: 'audio/aiff',
    bytes: [
      [0, 'FORM'],
      [8, 'AIF'],
    ],
    also: ['audio/x-aiff'],
  },
  { type: 'video/webm', bytes: [[0, '\x1aE\xdf\xa3']], also: ['audio/webm', 'video/x-matroska', 'audio/x-matroska'] },
]

/** The longest prefix that a signature needs: 12 bytes are 16 characters. */
const PREFIX_CHARS = 16

/**
 * The media type of base64 data: the declared one, unless the first bytes show another. Anthropic and Bedrock reject an
 * image whose declared type is wrong. Undefined: neither declared nor recognized.
 */
export function mediaTypeOf(base64: string, declared?: string): string | undefined {
  const start = Buffer.from(base64.slice(0, PREFIX_CHARS), 'base64').toString('latin1')
  const found = SIGNATURES.find(({ bytes }) => bytes.every(([offset, text]) => start.startsWith(text, offset)))
  if (!found) return declared
  const [declaredType = ''] = declared?.toLowerCase().split(';') ?? []
  return declared !== undefined && (found.type === declaredType || found.also?.includes(declaredType))
    ? declared
    : found.type
}

function riff(type: string, kind: string, also: readonly string[] = []): Signature {
  return {
    type,
    bytes: [
      [0, 'RIFF'],
      [8, kind],
    ],
    also,
  }
}

function brand(type: string, name: string, also: readonly string[] = []): Signature {
  return { type, bytes: [[4, `ftyp${name}`]], also }
}

function mp3(start: string): Signature {
  return { type: 'audio/mpeg', bytes: [[0, start]], also: ['audio/mp3', 'audio/mpga', 'audio/x-mp3'] }
}
