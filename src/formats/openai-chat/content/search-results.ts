import type { Citation } from '../../../chat/part.ts'
import { isRecord } from '../../fields/fields.ts'
import { filled, listOf } from '../../fields/values.ts'

// Perplexity lists the pages of a response beside its choices and refers to them in the text by number: `[2]`.
// Source: https://docs.perplexity.ai/api-reference/chat-completions-post, `citations` and `search_results`

/** A page that a response is based on. */
export type Source = Pick<Citation, 'url' | 'title' | 'native'>

/** The format of these citations: their own format has no annotations for them. */
const FORMAT = 'search-results'

/** The pages of a response, in the order of their numbers; empty if it has none. */
export function sourcesOf({ search_results: results, citations }: Readonly<Record<string, unknown>>): Source[] {
  const found = listOf(results).flatMap((result) => (isRecord(result) ? sourceOf(result['url'], result['title']) : []))
  return found.length > 0 ? found : listOf(citations).flatMap((url) => sourceOf(url, undefined))
}

function sourceOf(url: unknown, title: unknown): Source[] {
  if (filled(url) === undefined || !/^https?:\/\//.test(url as string)) return []
  const known = { url: url as string, ...(filled(title) !== undefined && { title: title as string }) }
  return [{ ...known, native: { format: FORMAT, value: known } }]
}

/** At most this many numbers in a text are read. */
const MAX_CITATIONS = 1000

/** The citations of a text: one for each number in it, or, if it has none, one of the whole text for each page. */
export function citationsIn(text: string, sources: readonly Source[]): Citation[] {
  const cited: Citation[] = []
  for (const match of text.matchAll(/\[(\d{1,3})\]/g)) {
    const source = sources[Number(match[1]) - 1]
    if (source) cited.push({ ...source, start: match.index, end: match.index + match[0].length })
    if (cited.length >= MAX_CITATIONS) break
  }
  return cited.length > 0 ? cited : [...sources]
}

/** Whether a citation was read from this list; the response's own format has the list instead. */
export const isSearchResult = ({ native }: Citation): boolean => native.format === FORMAT
