import type { ChatResponse, Choice } from '../../chat/response.ts'
import type { ResponseFacts } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { encodeTokens } from '../openai-shared/logprobs.ts'
import { noteResponse } from '../openai-shared/simple-losses.ts'
import { encodeResponseCall } from './calls.ts'
import { encodeFinish } from './finish.ts'
import { CLIENT, LABEL, NAME } from './name.ts'
import { asMessage, type ResponseMessage, type ResponseShape } from './response-shape.ts'
import { createdAt, encodeDurations, encodeUsage } from './usage.ts'

/** Encodes the first choice of a response for Ollama's clients. */
export const encodeResponse = (response: ChatResponse, facts: ResponseFacts, losses: Losses): unknown =>
  encodeShaped(asMessage, response, facts, losses)

export function encodeShaped(
  shape: ResponseShape,
  response: ChatResponse,
  facts: ResponseFacts,
  losses: Losses,
): unknown {
  const isOwn = response.format === NAME
  noteResponse(response, CLIENT, losses)
  const [choice = { parts: [], finish: { reason: 'other' } } satisfies Choice] = response.choices
  return {
    model: facts.model ?? response.model ?? facts.request.model ?? '',
    created_at: createdAt(response.created ?? facts.created),
    ...shape({ ...encodeParts(choice, losses), ...(isOwn && choice.extra) }),
    ...(choice.logprobs && { logprobs: encodeTokens(choice.logprobs) }),
    done_reason: encodeFinish(choice.finish, isOwn),
    done: true,
    ...(facts.elapsedMs && encodeDurations(0, facts.elapsedMs())),
    ...encodeUsage(response.usage),
    ...(isOwn && response.extra),
  }
}

function encodeParts({ parts, finish }: Choice, losses: Losses): ResponseMessage {
  let [content, thinking] = ['', '']
  const calls: object[] = []
  for (const part of parts) {
    if (part.type === 'tool-call') calls.push(...encodeResponseCall(part, finish.reason === 'length', losses))
    else if (part.type === 'reasoning') thinking += part.text
    else if (part.type === 'native' || part.type === 'media')
      losses.note('message', `removed: ${LABEL} responses cannot contain ${part.kind}`)
    else content += part.text
  }
  return { content, ...(thinking !== '' && { thinking }), ...(calls.length > 0 && { tool_calls: calls }) }
}
