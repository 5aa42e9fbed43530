import type { Citation } from '../../chat/part.ts'
import { isRecord } from '../fields/fields.ts'

/** What a candidate says of its sources. Offsets count bytes of its text in UTF-8. */
export function decodeCitations(candidate: Record<string, unknown>, text: string): Citation[] {
  return [...fromMetadata(candidate['citationMetadata'], text), ...fromGrounding(candidate['groundingMetadata'], text)]
}

/** Recitation: the API calls the list `citationSources`, Vertex `citations`. */
function fromMetadata(metadata: unknown, text: string): Citation[] {
  if (!isRecord(metadata)) return []
  const citation = (source: Record<string, unknown>): Citation => ({
    ...rangeOf(text, source['startIndex'], source['endIndex'], undefined),
    ...words('url', source['uri']),
    ...words('title', source['title']),
    native: { format: 'gemini', value: source },
  })
  return records(metadata['citationSources'] ?? metadata['citations']).map(citation)
}

/** Search: which words are held up by which page. Source: https://ai.google.dev/api/generate-content#GroundingMetadata */
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
    ...sourceOf(chunks[Number(index)]),
    ...words('quote', segment['text']),
    native: { format: 'gemini', value: { support, chunk: chunks[Number(index)] ?? null } },
  })
  return indices.map(citation)
}

function sourceOf(chunk: Record<string, unknown> | undefined): { url?: string; title?: string } {
  const page = chunk && Object.values(chunk).find(isRecord)
  return { ...words('url', page?.['uri']), ...words('title', page?.['title']) }
}

/** The range in UTF-16 units; nothing where it lies outside, or is not the words that it is said to be. */
function rangeOf(text: string, start: unknown, end: unknown, quote: unknown): { start?: number; end?: number } {
  const from = unitsAt(text, typeof start === 'number' ? start : 0)
  const to = unitsAt(text, typeof end === 'number' ? end : 0)
  const isRange = from !== undefined && to !== undefined && from < to
  if (isRange && (typeof quote !== 'string' || text.slice(from, to) === quote)) return { start: from, end: to }
  const found = typeof quote === 'string' && quote !== '' ? text.indexOf(quote) : -1
  return found === -1 ? {} : { start: found, end: found + (quote as string).length }
}

/** How many UTF-16 units the first `bytes` bytes of the text's UTF-8 are. */
function unitsAt(text: string, bytes: number): number | undefined {
  let at = 0
  for (let seen = 0; seen < bytes; at++) {
    if (at >= text.length) return undefined
    const unit = text.charCodeAt(at)
    // Either half of a surrogate pair is two of its four bytes.
    seen += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3
  }
  return at
}

/** Citations of other languages as grounding: `text` is what the candidate said, offsets are into it. */
export function encodeGrounding(citations: readonly Citation[], text: string): Record<string, unknown> | undefined {
  const cited = citations.filter(({ url, native }) => url !== undefined && native.format !== 'gemini')
  if (cited.length === 0) return undefined
  const pages = [...new Map(cited.map(({ url, title }) => [url!, { web: { uri: url, ...words('title', title) } }]))]
  const order = pages.map(([url]) => url)
  return {
    groundingChunks: pages.map(([, page]) => page),
    groundingSupports: cited
      .filter(({ end }) => end !== undefined)
      .map(({ url, start = 0, end = 0 }) => ({
        segment: {
          startIndex: Buffer.byteLength(text.slice(0, start)),
          endIndex: Buffer.byteLength(text.slice(0, end)),
          text: text.slice(start, end),
        },
        groundingChunkIndices: [order.indexOf(url!)],
      })),
  }
}

/** A citation of a part, in the text that the part begins in at `offset`. */
export const movedBy = (offset: number, citation: Citation): Citation => {
  const { start = 0, end } = citation
  return end === undefined ? citation : { ...citation, start: offset + start, end: offset + end }
}

const records = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? (value as unknown[]).filter(isRecord) : []

const words = <Key extends string>(key: Key, value: unknown): { [K in Key]?: string } =>
  (typeof value === 'string' && value !== '' ? { [key]: value } : {}) as { [K in Key]?: string }
