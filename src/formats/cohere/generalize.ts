import type { NativePart, Part, TextPart, ToolResultPart } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import { isRecord } from '../fields/fields.ts'
import { changed, withPaths, withRequestPath } from '../fields/request-paths.ts'
import { listOf } from '../fields/values.ts'
import { mapParts } from '../history/map-parts.ts'
import type { Losses } from '../translation/losses.ts'
import { documentText } from './documents.ts'

/**
 * The request with its documents as text, which every format has: those of the results of tools in their place, those of
 * the request before the last message of the user. The second are noted, because no other model cites them.
 */
export function generalize(request: ChatRequest, losses: Losses): ChatRequest {
  const { documents, citation_options: options, ...rest } = request.extra ?? {}
  const extra = { ...rest, ...(!isOff(options) && { citation_options: options }) }
  const inResults = mapParts(request, withTexts)
  return withDocuments({ ...inResults, extra }, listOf(documents), losses)
}

/** Citations that the client does not want. Absent options are the default: citations, where there is something to cite. */
const isOff = (options: unknown): boolean =>
  options === undefined || (isRecord(options) && ['OFF', 'DISABLED'].includes(String(options['mode']).toUpperCase()))

function withTexts(part: Part): Part {
  if (part.type === 'native') return textOf(part) ?? part
  if (part.type !== 'tool-result' || part.content.every(({ type }) => type !== 'native')) return part
  return { ...part, content: part.content.map(withTexts) as ToolResultPart['content'] }
}

const textOf = ({ kind, value }: NativePart): TextPart | undefined =>
  kind === 'document' && isRecord(value) ? { type: 'text', text: documentText(value['document']) } : undefined

function withDocuments(request: ChatRequest, documents: readonly unknown[], losses: Losses): ChatRequest {
  if (documents.length === 0) return request
  losses.note(
    'documents',
    'changed: sent as text before the last message of the user, so the response does not cite them',
  )
  const texts = documents.map((document, index) =>
    withRequestPath<TextPart>({ type: 'text', text: documentText(document, index) }, `documents[${index}]`),
  )
  const { messages } = withPaths(request)
  const at = messages.findLastIndex(({ role }) => role === 'user')
  const last = messages[at]
  if (!last) return { ...request, messages: [...messages, { role: 'user', parts: texts }] }
  return {
    ...request,
    messages: messages.with(at, changed(last, { parts: [...texts, ...last.parts], isPlain: false })),
  }
}
