import type { Citation } from '../../chat/part.ts'
import { defined } from '../fields/defined.ts'
import { isRecord } from '../fields/fields.ts'
import { filled, listOf } from '../fields/values.ts'
import { withRange } from '../translation/citation-range.ts'
import { NAME } from './name.ts'

/** Decodes `{start, end, text, sources}` with offsets in the response's text; undefined if the value is not an object. */
export function decodeCitation(value: unknown): Citation | undefined {
  if (!isRecord(value)) return undefined
  const { start, end, text, sources } = value
  return {
    ...defined({
      start: typeof start === 'number' ? start : undefined,
      end: typeof end === 'number' ? end : undefined,
      quote: typeof text === 'string' ? text : undefined,
      ...sourceOf(listOf(sources)[0]),
    }),
    native: { format: NAME, value },
  }
}

/** The first source: a document that the request has, or the output of a tool. */
function sourceOf(source: unknown): { url?: string | undefined; title?: string | undefined } {
  if (!isRecord(source)) return {}
  const document = isRecord(source['document']) ? source['document'] : {}
  return { url: webAddress(document['url']), title: filled(document['title']) ?? filled(source['id']) }
}

const webAddress = (url: unknown): string | undefined =>
  typeof url === 'string' && /^https?:\/\//.test(url) ? url : undefined

/**
 * Encodes a citation. One of another format cites a range of `text`, the text of its part; its source, with the passage
 * that supports the text, becomes a document. `at`: the index of the content.
 */
export function encodeCitation(citation: Citation, text: string, at: number): object {
  const { native, quote, url, title } = citation
  if (native.format === NAME) return native.value as object
  const { start, end } = withRange(citation, text.length)
  const document = defined({ url, title, snippet: quote })
  const source = { type: 'document', id: url ?? title ?? 'source', document }
  return { start, end, text: text.slice(start, end), sources: [source], content_index: at, type: 'TEXT_CONTENT' }
}
