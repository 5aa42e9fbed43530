import type { MediaPart, NativePart, TextPart, ToolResultPart } from '../../../chat/part.ts'
import { type Fields, isRecord } from '../../fields/fields.ts'
import { parseExact } from '../../../codecs/json/exact.ts'
import type { CallIds } from './decode-part.ts'
import { decodeMedia } from './media.ts'
import { protoObjects } from '../proto.ts'

type Content = ToolResultPart['content'][number]

/**
 * Media types that Gemini 3 accepts inside a result. Source:
 * https://ai.google.dev/gemini-api/docs/function-calling#multimodal
 */
const IN_RESULTS = new Set(['image/png', 'image/jpeg', 'image/webp', 'application/pdf', 'text/plain'])

/** Gemini 3 reads these keys in a result as references to its files. */
const REFERENCES = /"\$(?:ref|defs)"/

/** Reads `functionResponse`. Source: https://ai.google.dev/api/caching#FunctionResponse */
export function decodeToolResult(result: Fields, calls: CallIds): ToolResultPart {
  const name = result.requiredString('name')
  const callId = calls.result(result.string('id') || undefined, name)
  const response = result.record('response')
  const media = (protoObjects(result, 'parts') ?? []).map(decodeResultPart)
  return {
    type: 'tool-result',
    callId,
    name,
    ...decodeResponse(response),
    ...(media.length > 0 && { content: [...decodeResponse(response).content, ...media] }),
  }
}

function decodeResultPart(part: Fields): Content {
  const media = decodeMedia(part)
  if (media) return media
  const value = part.rest() ?? {}
  return { type: 'native', format: 'gemini', kind: Object.keys(value)[0] ?? 'part', value }
}

/**
 * The text of a result: the only field `output` or `error`, otherwise the JSON of all fields. `encodeResponse` reverses
 * it.
 */
function decodeResponse(
  response: Readonly<Record<string, unknown>> | undefined,
): Pick<ToolResultPart, 'content' | 'isError'> {
  if (!response) return { content: [] }
  const [[key, value] = [], ...others] = Object.entries(response)
  const isAlone = others.length === 0 && typeof value === 'string'
  if (isAlone && key === 'error') return { content: [{ type: 'text', text: value }], isError: true }
  if (isAlone && key === 'output' && parseObject(value) === undefined)
    return { content: [{ type: 'text', text: value }] }
  return { content: [{ type: 'text', text: JSON.stringify(response) }] }
}

/**
 * The object that Gemini requires as a result: the text as a JSON object, otherwise the text in `output` or `error`.
 * Text that Gemini could read as references stays text, unless the request was read from the Gemini format.
 */
export function encodeResponse({ content, isError }: ToolResultPart, isOwn: boolean): Record<string, unknown> {
  const text = content
    .filter((part): part is TextPart => part.type === 'text')
    .map((part) => part.text)
    .join('')
  if (isError) return { error: text }
  const object = isOwn || !REFERENCES.test(text) ? parseObject(text) : undefined
  return object ?? { output: text }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const value = parseExact(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The parts of a result that are not text. */
export const mediaOf = ({ content }: ToolResultPart): readonly (MediaPart | NativePart)[] =>
  content.filter((part) => part.type !== 'text')

export const fitsInResult = ({ source, mediaType }: MediaPart): boolean =>
  source.type !== 'text' && mediaType !== undefined && IN_RESULTS.has(mediaType)
