import type { Part, ToolResultPart } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import type { Losses } from '../translation/losses.ts'
import { hasPart, mapParts } from './map-parts.ts'

/**
 * Replaces halves of characters (lone surrogates), which tools leave when they cut a text: upstreams reject a body that
 * contains one. Each text is noted.
 */
export function withWholeCharacters(request: ChatRequest, losses: Losses): ChatRequest {
  if (!hasPart(request, hasHalves)) return request
  return mapParts(request, (part, { path }) => {
    const whole = wholePart(part)
    if (whole !== part) losses.note(path(), 'changed: half characters (lone surrogates) are replaced by U+FFFD')
    return whole
  })
}

export const hasHalves = (part: Part): boolean => wholePart(part) !== part

function wholePart(part: Part): Part {
  switch (part.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return part.text.isWellFormed() ? part : { ...part, text: part.text.toWellFormed() }
    case 'tool-call': {
      const text = wholeJson(part.arguments)
      return text === part.arguments ? part : { ...part, arguments: text }
    }
    case 'tool-result':
      return wholeResult(part)
    default:
      return part
  }
}

function wholeResult(part: ToolResultPart): ToolResultPart {
  const isWhole = (inner: Part) => inner.type !== 'text' || inner.text.isWellFormed()
  if (part.content.every(isWhole)) return part
  return { ...part, content: part.content.map((inner) => wholePart(inner) as typeof inner) }
}

/** An escaped pair, an escaped half, or any other escape, in this order. */
const ESCAPES = /\\(?:u(?:d[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|(d[89a-f][\da-f]{2}))|.)/gis

/** In JSON, halves can also be escaped. */
function wholeJson(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  if (!/\\ud/i.test(whole)) return whole
  return whole.replaceAll(ESCAPES, (escape: string, half?: string) => (half === undefined ? escape : '\\ufffd'))
}
