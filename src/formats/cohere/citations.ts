import type { Citation } from '../../chat/part.ts'
import { defined } from '../fields/defined.ts'
import { isRecord } from '../fields/fields.ts'
import { filled, listOf } from '../fields/values.ts'
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

/** Encodes a citation; for another format, the fields that both formats have. */
export function encodeCitation({ native, start = 0, end = 0, quote = '', url, title }: Citation): object {
  if (native.format === NAME) return native.value as object
  const document = defined({ url, title })
  return { start, end, text: quote, sources: [{ type: 'document', id: url ?? 'source', document }] }
}
