import type { Citation } from '../../../chat/part.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import { isRecord } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'

/**
 * Stands for the data that Anthropic's API encrypts into a web citation. A citation with it comes from another provider,
 * and is never sent to Anthropic.
 */
const FOREIGN_INDEX = 'sluice.1.none.d.'

/** Reads a citation. It covers its whole block, so it has no range. */
export function decodeCitation(value: unknown): Citation {
  const given = isRecord(value) ? value : {}
  const [url, title, quote] = [given['url'], given['title'] ?? given['document_title'], given['cited_text']]
  return {
    ...(typeof url === 'string' && { url }),
    ...(typeof title === 'string' && { title }),
    ...(typeof quote === 'string' && { quote }),
    native: { format: given['encrypted_index'] === FOREIGN_INDEX ? 'none' : ANTHROPIC, value },
  }
}

/**
 * Writes a citation for an Anthropic client; one of another format as a web search result. Undefined, and a loss, for one
 * of another format without a URL.
 * Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool#citations
 */
export function encodeCitation({ url, title, quote, native }: Citation, path: string, losses: Losses): unknown {
  if (native.format === ANTHROPIC) return native.value
  if (url !== undefined)
    return {
      type: 'web_search_result_location',
      cited_text: quote ?? '',
      url,
      title: title ?? null,
      encrypted_index: FOREIGN_INDEX,
    }
  losses.note(`${path}.citations`, 'removed: Anthropic responses can only cite a web page of another provider')
  return undefined
}
