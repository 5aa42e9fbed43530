import { withToolCalls } from '../../../chat/finish.ts'
import type { ChatResponse, Choice } from '../../../chat/response.ts'
import { withExtra } from '../../translation/extras.ts'
import type { ResponseFacts } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { noteResponseExtra } from '../../translation/response-extras.ts'
import { encodeResponsePart, NO_SUCH_FIELD } from './encode-response-part.ts'
import { encodeFinish, type WireFinish } from './finish.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import { encodeUsage } from './usage.ts'

const EMPTY: Choice = { parts: [], finish: { reason: 'other' } }

/** The body of a message. `stop_details` is always present, as in Anthropic's responses since 2026. */
export function encodeResponse(response: ChatResponse, facts: ResponseFacts, losses: Losses): Record<string, unknown> {
  const isOwn = response.format === ANTHROPIC
  const [choice = EMPTY, ...others] = response.choices
  if (others.length > 0) losses.note('choices', 'removed: all choices but the first')
  const context = { isOwn, losses, isCut: choice.finish.reason === 'length' }
  const content = choice.parts.flatMap((part, index) => encodeResponsePart(part, `content[${index}]`, context))
  if (!isOwn) noteResponseExtras(response, choice, losses)
  const body = {
    id: messageId(response.id, facts),
    type: 'message',
    role: 'assistant',
    model: answeringModel(response.model, facts),
    content,
    ...finishOf(choice, isOwn, losses),
    usage: encodeUsage(response.usage, response.tier, isOwn),
  }
  return withExtra(body, isOwn ? choice.extra : undefined) as Record<string, unknown>
}

function finishOf({ parts, finish }: Choice, isOwn: boolean, losses: Losses): WireFinish {
  if (isOwn) return encodeFinish(finish, true, losses)
  const has = (type: string) => parts.some((part) => part.type === type)
  return encodeFinish(settledFinish(finish, has('tool-call'), has('refusal')), false, losses)
}

/** If a response that ended normally contains tool calls or a refusal part, these are its finish reason. */
export function settledFinish(finish: Choice['finish'], hasCalls: boolean, hasRefusal: boolean): Choice['finish'] {
  if (hasRefusal && !hasCalls && finish.reason === 'stop') return { ...finish, reason: 'refusal' }
  return withToolCalls(finish, hasCalls)
}

/** The upstream's id if it has Anthropic's form, otherwise an id of the gateway's. */
export const messageId = (id: string | undefined, facts: ResponseFacts): string =>
  id?.startsWith('msg_') ? id : `msg_${facts.id}`

export const answeringModel = (model: string | undefined, facts: ResponseFacts): string =>
  facts.model ?? model ?? facts.request.model ?? ''

function noteResponseExtras(response: ChatResponse, { extra, logprobs }: Choice, losses: Losses): void {
  noteResponseExtra({ ...response.extra, ...extra }, response.format, NO_SUCH_FIELD, losses)
  if (logprobs) losses.note('logprobs', NO_SUCH_FIELD)
}
