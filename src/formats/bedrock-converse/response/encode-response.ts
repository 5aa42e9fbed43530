import { withToolCalls } from '../../../chat/finish.ts'
import type { ChatResponse, Choice } from '../../../chat/response.ts'
import { withExtra } from '../../translation/extras.ts'
import type { ResponseFacts } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { noteResponseExtra } from '../../translation/response-extras.ts'
import { encodeResponsePart, NO_SUCH_FIELD } from './encode-response-part.ts'
import { encodeFinish } from './finish.ts'
import { CONVERSE } from '../name.ts'
import { encodeUsage } from './usage.ts'

const EMPTY: Choice = { parts: [], finish: { reason: 'other' } }

/** The body of a response. `latencyMs` is the time since the request arrived. */
export function encodeResponse(response: ChatResponse, facts: ResponseFacts, losses: Losses): Record<string, unknown> {
  const isOwn = response.format === CONVERSE
  const [choice = EMPTY, ...others] = response.choices
  if (others.length > 0) losses.note('choices', 'removed: all choices but the first')
  const context = { isOwn, losses, isCut: choice.finish.reason === 'length' }
  const content = choice.parts.flatMap((part, index) => encodeResponsePart(part, `content[${index}]`, context))
  if (!isOwn) noteResponseExtras(response, choice, losses)
  const hasCalls = choice.parts.some(({ type }) => type === 'tool-call')
  const body = {
    output: { message: { role: 'assistant', content } },
    stopReason: encodeFinish(isOwn ? choice.finish : withToolCalls(choice.finish, hasCalls), isOwn, losses),
    usage: encodeUsage(response.usage, isOwn),
    metrics: { latencyMs: Math.round(facts.elapsedMs?.() ?? 0) },
    ...ownFields(choice.finish.stopSequence),
  }
  return withExtra(body, isOwn ? choice.extra : undefined) as Record<string, unknown>
}

/** The matched stop sequence, among the model's own fields. */
const ownFields = (sequence: string | undefined): object =>
  sequence === undefined ? {} : { additionalModelResponseFields: { stop_sequence: sequence } }

function noteResponseExtras(response: ChatResponse, { extra, logprobs }: Choice, losses: Losses): void {
  noteResponseExtra({ ...response.extra, ...extra }, response.format, NO_SUCH_FIELD, losses)
  if (logprobs) losses.note('logprobs', NO_SUCH_FIELD)
}
