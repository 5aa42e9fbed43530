import type { NativePart, Part } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import { createCallIds, type IdRule } from './call-ids.ts'
import { isRecord } from '../fields/fields.ts'
import { changed } from '../fields/request-paths.ts'

/** OpenAI and Azure. The limit is no longer enforced everywhere; staying below it is safe. */
export const OPENAI_IDS: IdRule = { pattern: /^[^]{1,40}$/, length: 24 }

/** Mistral, also if other providers serve its models. */
export const MISTRAL_IDS: IdRule = { pattern: /^[a-zA-Z0-9]{9}$/, length: 9 }

/**
 * Returns the request with every tool call id in a form that the upstream accepts, in calls and results. The same
 * history has the same ids at every turn. If all ids are valid, it returns the same object.
 */
export function fitToolIds(request: ChatRequest, rule: IdRule): ChatRequest {
  if (!request.messages.some(({ parts }) => parts.some((part) => !isValid(part, rule)))) return request
  const fit = createCallIds(rule)
  const answered = new Set(request.messages.flatMap(({ parts }) => parts.map(resultId)))
  let isChanged = false
  const messages = request.messages.map((message) => {
    const parts = message.parts.map((part) => fitPart(part, fit, answered))
    if (parts.every((part, index) => part === message.parts[index])) return message
    isChanged = true
    return changed(message, { parts })
  })
  return isChanged ? { ...request, messages } : request
}

const isValid = (part: Part, { pattern }: IdRule): boolean => {
  if (part.type === 'native') return false
  const id = part.type === 'tool-call' ? part.id : resultId(part)
  return id === undefined || pattern.test(id)
}

const resultId = (part: Part): string | undefined => (part.type === 'tool-result' ? part.callId : undefined)

function fitPart(part: Part, fit: (id: string) => string, answered: ReadonlySet<string | undefined>): Part {
  if (part.type === 'tool-call') {
    const id = fit(part.id)
    return id === part.id ? part : changed(part, { id })
  }
  if (part.type === 'tool-result') {
    const callId = fit(part.callId)
    return callId === part.callId ? part : changed(part, { callId })
  }
  return part.type === 'native' ? fitNative(part, fit, answered) : part
}

/** Calls of native tools are in their own format. If their results are canonical, the ids must match. */
function fitNative(part: NativePart, fit: (id: string) => string, answered: ReadonlySet<string | undefined>): Part {
  const { value } = part
  const given = isRecord(value) ? value['id'] : undefined
  if (typeof given !== 'string' || !answered.has(given)) return part
  const id = fit(given)
  return id === given ? part : { ...part, value: { ...(value as object), id } }
}
