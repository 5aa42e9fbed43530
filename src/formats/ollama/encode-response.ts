import type { ChatResponse, Choice } from '../../chat/response.ts'
import type { ResponseFacts } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { encodeResponseCall } from './calls.ts'
import { encodeFinish } from './finish.ts'
import { LABEL, NAME } from './name.ts'
import { createdAt, encodeUsage } from './usage.ts'

/** Encodes the first choice of a response for Ollama's clients. */
export function encodeResponse(response: ChatResponse, facts: ResponseFacts, losses: Losses): unknown {
  const isOwn = response.format === NAME
  const [choice = { parts: [], finish: { reason: 'other' } } satisfies Choice] = response.choices
  return {
    model: facts.model ?? response.model ?? facts.request.model ?? '',
    created_at: createdAt(response.created ?? facts.created),
    message: { role: 'assistant', ...encodeParts(choice, losses), ...(isOwn && choice.extra) },
    done_reason: encodeFinish(choice.finish, isOwn),
    done: true,
    ...encodeUsage(response.usage),
    ...(isOwn && response.extra),
  }
}

function encodeParts({ parts }: Choice, losses: Losses): object {
  let [content, thinking] = ['', '']
  const calls: object[] = []
  for (const part of parts) {
    if (part.type === 'tool-call') calls.push(encodeResponseCall(part))
    else if (part.type === 'reasoning') thinking += part.text
    else if (part.type === 'native' || part.type === 'media')
      losses.note('message', `removed: ${LABEL} responses cannot contain ${part.kind}`)
    else content += part.text
  }
  return { content, ...(thinking !== '' && { thinking }), ...(calls.length > 0 && { tool_calls: calls }) }
}
