import type { Citation } from '../../chat/part.ts'
import { defined } from '../fields/defined.ts'
import { isRecord } from '../fields/fields.ts'
import { NAME } from './name.ts'

/** Decodes `{start, end, text, sources}` with offsets in the response's text; undefined if the value is not an object. */
export function decodeCitation(value: unknown): Citation | undefined {
  if (!isRecord(value)) return undefined
  const { start, end, text } = value
  return {
    ...defined({
      start: typeof start === 'number' ? start : undefined,
      end: typeof end === 'number' ? end : undefined,
      quote: typeof text === 'string' ? text : undefined,
    }),
    native: { format: NAME, value },
  }
}

/** Encodes a citation; for another format, the fields that both formats have. */
export function encodeCitation({ native, start = 0, end = 0, quote = '', url, title }: Citation): object {
  if (native.format === NAME) return native.value as object
  const document = defined({ url, title })
  return { start, end, text: quote, sources: [{ type: 'document', id: url ?? 'source', document }] }
}
