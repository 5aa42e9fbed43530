import type { Citation } from '../../../chat/part.ts'
import { numberOf } from '../../fields/values.ts'
import type { Losses } from '../../translation/losses.ts'
import { withRange } from '../../translation/citation-range.ts'
import { isRecord } from '../../fields/fields.ts'

/** Reads the citations of a candidate. Their offsets count bytes of its text in UTF-8. */
export function decodeCitations(candidate: Record<string, unknown>, text: string): Citation[] {
  return [...fromMetadata(candidate['citationMetadata'], text), ...fromGrounding(candidate['groundingMetadata'], text)]
}

/** Recitation: the list is `citationSources` in the Gemini API and `citations` in Vertex. */
function fromMetadata(metadata: unknown, text: string): Citation[] {
  if (!isRecord(metadata)) return []
  const citation = (source: Record<string, unknown>): Citation => ({
    ...rangeOf(text, source['startIndex'], source['endIndex'], undefined),
    ...textField('url', source['uri']),
    ...textField('title', source['title']),
    native: { format: 'gemini', value: source },
  })
  return records(metadata['citationSources'] ?? metadata['citations']).map(citation)
}

/**
 * Search: which page supports which segment of the text. Source:
 * https://ai.google.dev/api/generate-content#GroundingMetadata
 */
function fromGrounding(metadata: unknown, text: string): Citation[] {
  if (!isRecord(metadata)) return []
  const chunks = records(metadata['groundingChunks'])
  return records(metadata['groundingSupports']).flatMap((support) => fromSupport(support, chunks, text))
}

function fromSupport(
  support: Record<string, unknown>,
  chunks: readonly Record<string, unknown>[],
  text: string,
): Citation[] {
  const segment = isRecord(support['segment']) ? support['segment'] : {}
  const indices = Array.isArray(support['groundingChunkIndices']) ? (support['groundingChunkIndices'] as unknown[]) : []
  const citation = (index: unknown): Citation => ({
    ...rangeOf(text, segment['startIndex'], segment['endIndex'], segment['text']),
    ...sourceOf(chunks[numberOf(index)]),
    ...textField('quote', segment['text']),
    native: { format: 'gemini', value: { support, chunk: chunks[numberOf(index)] ?? null } },
  })
  return indices.map(citation)
}

function sourceOf(chunk: Record<string, unknown> | undefined): { url?: string; title?: string } {
  const page = chunk && Object.values(chunk).find(isRecord)
  return { ...textField('url', page?.['uri']), ...textField('title', page?.['title']) }
}

/**
 * The range in UTF-16 units. If it is invalid or its text is not `quote`, the first occurrence of `quote`, or nothing.
 */
function rangeOf(text: string, start: unknown, end: unknown, quote: unknown): { start?: number; end?: number } {
  const from = unitsAt(text, typeof start === 'number' ? start : 0)
  const to = unitsAt(text, typeof end === 'number' ? end : 0)
  const isRange = from !== undefined && to !== undefined && from < to
  if (isRange && (typeof quote !== 'string' || text.slice(from, to) === quote)) return { start: from, end: to }
  const found = typeof quote === 'string' && quote !== '' ? text.indexOf(quote) : -1
  return found === -1 ? {} : { start: found, end: found + (quote as string).length }
}

/** The number of UTF-16 units in the first `bytes` bytes of the text's UTF-8. */
function unitsAt(text: string, bytes: number): number | undefined {
  let at = 0
  for (let seen = 0; seen < bytes; at++) {
    if (at >= text.length) return undefined
    const unit = text.charCodeAt(at)
    // Each half of a surrogate pair counts two of its four bytes.
    seen += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3
  }
  return at
}

/**
 * Writes citations of other formats as grounding: web pages, and other documents as retrieved context. `text`: the
 * candidate's text, to which the ranges refer. A citation that names no source is noted as a loss.
 */
export function encodeGrounding(
  citations: readonly Citation[],
  text: string,
  losses: Losses,
): Record<string, unknown> | undefined {
  const foreign = citations.filter(({ native }) => native.format !== 'gemini')
  const cited = foreign.filter((citation) => sourceKey(citation) !== undefined)
  if (cited.length < foreign.length) losses.note('citations', 'removed: they name no source')
  if (cited.length === 0) return undefined
  const pages = [...new Map(cited.map((citation) => [sourceKey(citation)!, encodeSource(citation)]))]
  const order = pages.map(([key]) => key)
  return {
    groundingChunks: pages.map(([, page]) => page),
    groundingSupports: cited
      .filter(({ end }) => end !== undefined)
      .map(({ start = 0, end = 0, ...source }) => ({
        segment: {
          startIndex: Buffer.byteLength(text.slice(0, start)),
          endIndex: Buffer.byteLength(text.slice(0, end)),
          text: text.slice(start, end),
        },
        groundingChunkIndices: [order.indexOf(sourceKey(source)!)],
      })),
  }
}

/** Distinguishes sources; undefined: the citation names none. */
const sourceKey = ({ url, title, quote }: Citation): string | undefined =>
  url ?? (title === undefined && quote === undefined ? undefined : JSON.stringify([title, quote]))

const encodeSource = ({ url, title, quote }: Citation): Record<string, unknown> =>
  url === undefined
    ? { retrievedContext: { ...textField('title', title), ...textField('text', quote) } }
    : { web: { uri: url, ...textField('title', title) } }

/** Moves the range of a citation from its part to the whole text, in which the part begins at `start`. */
export function inText(
  citation: Citation,
  { start, length }: { readonly start: number; readonly length: number },
): Citation {
  const ranged = withRange(citation, length)
  return { ...ranged, start: start + ranged.start, end: start + ranged.end }
}

const records = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? (value as unknown[]).filter(isRecord) : []

const textField = <Key extends string>(key: Key, value: unknown): { [K in Key]?: string } =>
  (typeof value === 'string' && value !== '' ? { [key]: value } : {}) as { [K in Key]?: string }
