import type { MediaPart } from '../../../chat/part.ts'
import type { ChatRequest } from '../../../chat/request.ts'
import type { Losses } from '../../translation/losses.ts'
import { partPath } from '../../fields/request-paths.ts'

const RESOLUTIONS: Readonly<Record<string, string>> = {
  low: 'MEDIA_RESOLUTION_LOW',
  high: 'MEDIA_RESOLUTION_HIGH',
  original: 'MEDIA_RESOLUTION_HIGH',
}

/**
 * The detail of images. Gemini has one resolution for the whole request: it is written if all media agree, otherwise
 * each detail is noted as a loss. Source: https://ai.google.dev/api/generate-content#MediaResolution
 */
export function encodeResolution(request: ChatRequest, losses: Losses): { mediaResolution?: string } {
  if (request.format === 'gemini') return {}
  const media = mediaOf(request)
  const [first, ...others] = new Set(media.map(({ part }) => RESOLUTIONS[part.detail ?? '']))
  if (others.length === 0) return first === undefined ? {} : { mediaResolution: first }
  for (const { part, path } of media)
    if (RESOLUTIONS[part.detail ?? ''])
      losses.note(`${path}.detail`, 'removed: Gemini has one media resolution for the whole request')
  return {}
}

const mediaOf = (request: ChatRequest): { part: MediaPart; path: string }[] =>
  request.messages.flatMap(({ parts }, index) =>
    parts.flatMap((part, at) => (part.type === 'media' ? [{ part, path: partPath(request, index, at) }] : [])),
  )
