import type { Citation } from '../../../chat/part.ts'
import { isRecord } from '../../fields/fields.ts'
import { withRange } from '../../translation/citation-range.ts'
import type { Losses } from '../../translation/losses.ts'
import { NAME } from '../name.ts'

// Source: https://platform.openai.com/docs/api-reference/responses/object, `output_text.annotations`

/** Decodes one of a text's `annotations`: a URL for a range of the text, or a file. */
export function decodeCitation(annotation: Readonly<Record<string, unknown>>): Citation {
  const native = { format: NAME, value: annotation }
  const { type, start_index: start, end_index: end, url, title, filename } = annotation
  if (type !== 'url_citation') return { ...(typeof filename === 'string' && { title: filename }), native }
  return {
    ...(typeof start === 'number' && { start }),
    ...(typeof end === 'number' && { end }),
    ...(typeof url === 'string' && { url }),
    ...(typeof title === 'string' && { title }),
    native,
  }
}

export const decodeCitations = (annotations: unknown): Citation[] =>
  Array.isArray(annotations) ? annotations.filter(isRecord).map(decodeCitation) : []

/** The annotation for a citation of a text of `length` units; undefined, and a loss, for one without a URL. */
export function encodeCitation(citation: Citation, length: number, losses: Losses): object | undefined {
  const { start, end, url, title, native } = withRange(citation, length)
  if (native.format === NAME) return native.value as object
  if (url === undefined) {
    losses.note('citations', 'removed: annotations can only cite a URL')
    return undefined
  }
  return { type: 'url_citation', start_index: start, end_index: end, url, title: title ?? url }
}
