import type { MediaPart, NativePart } from '../../../chat/part.ts'
import { GatewayError } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'
import { kindOf } from '../content/media.ts'
import { decodeSignature } from '../content/signature.ts'

/** Fields that describe a part. A part needs another field as its content. */
const LABELS = new Set(['thought', 'thoughtSignature', 'partMetadata', 'videoMetadata', 'mediaResolution'])

/**
 * Reads a part that always arrives complete: media, or a part that only Gemini has. Undefined for an empty part (Vertex
 * sends `{}`).
 */
export function decodeWholePart(part: Record<string, unknown>): MediaPart | NativePart | undefined {
  const { inlineData, fileData, thoughtSignature, ...extra } = part
  if (isRecord(inlineData)) {
    const { mimeType, data } = inlineData
    if (typeof data !== 'string') throw malformed('inlineData has no data')
    return mediaPart({ type: 'base64', data }, mimeType, thoughtSignature, extra)
  }
  if (isRecord(fileData)) {
    const { mimeType, fileUri } = fileData
    if (typeof fileUri !== 'string') throw malformed('fileData has no fileUri')
    return mediaPart({ type: 'url', url: fileUri }, mimeType, thoughtSignature, extra)
  }
  const kind = Object.keys(part).find((key) => !LABELS.has(key))
  return kind === undefined ? undefined : { type: 'native', format: 'gemini', kind, value: part }
}

const mediaPart = (
  source: MediaPart['source'],
  mimeType: unknown,
  signature: unknown,
  extra: Record<string, unknown>,
): MediaPart => ({
  type: 'media',
  kind: kindOf(typeof mimeType === 'string' ? mimeType : undefined),
  source,
  ...(typeof mimeType === 'string' && { mediaType: mimeType }),
  ...(typeof signature === 'string' && { seal: decodeSignature(signature) }),
  ...(Object.keys(extra).length > 0 && { extra }),
})

export const malformed = (what: string): GatewayError =>
  new GatewayError('upstream_malformed', `The upstream's response is invalid: ${what}.`)
