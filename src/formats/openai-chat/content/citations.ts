import type { Citation } from '../../../chat/part.ts'
import { isRecord } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'
import { withRange } from '../../translation/citation-range.ts'
import { NAME } from '../../openai-shared/name.ts'
import { listOf } from '../../fields/values.ts'

// Source: https://platform.openai.com/docs/guides/tools-web-search?api-mode=chat

/** Decodes the `annotations` of a message: URLs for ranges of its text. */
export const decodeCitations = (annotations: unknown): Citation[] =>
  listOf(annotations).filter(isRecord).map(decodeCitation)

function decodeCitation(annotation: Readonly<Record<string, unknown>>): Citation {
  const native = { format: NAME, value: annotation }
  const cited = annotation['url_citation']
  if (!isRecord(cited)) return { native }
  const { start_index: start, end_index: end, url, title } = cited
  return {
    ...(typeof start === 'number' && { start }),
    ...(typeof end === 'number' && { end }),
    ...(typeof url === 'string' && { url }),
    ...(typeof title === 'string' && { title }),
    native,
  }
}

/** The range of a part's text in the joined text of the message. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** The annotation for a citation of the text in `range`; undefined, and a loss, for one without a URL. */
export function encodeCitation(citation: Citation, range: TextRange, losses: Losses): object | undefined {
  const { start, end, url, title, native } = withRange(citation, range.end - range.start)
  if (native.format === NAME && range.start === 0) return native.value as object
  if (url === undefined) {
    losses.note('citations', 'removed: annotations can only cite a URL')
    return undefined
  }
  return {
    type: 'url_citation',
    url_citation: { start_index: range.start + start, end_index: range.start + end, url, title: title ?? url },
  }
}
