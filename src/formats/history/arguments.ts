import type { Part } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import { isRecord } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
import { hasPart, mapParts } from './map-parts.ts'

/** The key under which the text of unreadable arguments is sent. */
const KEY = 'invalid_json'

/**
 * Puts the arguments of past calls that are not a JSON object (a call that was cut, for example) as text under one key.
 * The call is over, so its text is all that the model needs; most upstreams accept only an object.
 */
export function withReadableArguments(request: ChatRequest, losses: Losses): ChatRequest {
  if (!hasPart(request, isUnreadable)) return request
  return mapParts(request, (part, { path }) => {
    if (part.type !== 'tool-call' || isObjectText(part.arguments)) return part
    if (part.arguments.trim() === '') return { ...part, arguments: '{}' }
    losses.note(path(), `changed: ${sentAsText(part.name)}`)
    return { ...part, arguments: textAsObject(part.arguments) }
  })
}

export const sentAsText = (name: string): string =>
  `the arguments of "${name}" are not a JSON object and are sent as text`

/** Unreadable arguments as a JSON object. */
export const textAsObject = (text: string): string => JSON.stringify({ [KEY]: text })

export const isUnreadable = (part: Part): boolean => part.type === 'tool-call' && !isObjectText(part.arguments)

/** Whether the text is a JSON object. */
export function isObjectText(text: string): boolean {
  if (text === '{}') return true
  try {
    return isRecord(JSON.parse(text))
  } catch {
    return false
  }
}
