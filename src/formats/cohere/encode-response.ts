import type { ChatResponse, Choice } from '../../chat/response.ts'
import { defined } from '../fields/defined.ts'
import type { ResponseFacts } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { originalOf } from '../fields/originals.ts'
import { noteResponse } from '../openai-shared/simple-losses.ts'
import { encodeCitation } from './citations.ts'
import { encodeCall } from './encode-messages.ts'
import { encodeFinish } from './finish.ts'
import { encodeChunk } from './logprobs.ts'
import { CLIENT, LABEL, NAME, PLAN } from './name.ts'
import { encodeUsage } from './usage.ts'

/** Encodes the first choice of a response for Cohere's clients. */
export function encodeResponse(response: ChatResponse, { id }: ResponseFacts, losses: Losses): unknown {
  const isOwn = response.format === NAME
  noteResponse(response, CLIENT, losses)
  const [choice = { parts: [], finish: { reason: 'other' } } satisfies Choice] = response.choices
  const calls = choice.parts.filter((part) => part.type === 'tool-call')
  return {
    id: isOwn ? (response.id ?? id) : id,
    message: { role: 'assistant', ...encodeParts(choice, isOwn, losses), ...(isOwn && choice.extra) },
    finish_reason:
      isOwn && choice.finish.native !== undefined
        ? choice.finish.native
        : encodeFinish(choice.finish, calls.length > 0),
    ...(choice.logprobs && { logprobs: choice.logprobs.map((token) => encodeChunk([token], losses)) }),
    ...(response.usage && { usage: encodeUsage(response.usage, isOwn) }),
    ...(isOwn && response.extra),
  }
}

function encodeParts({ parts }: Choice, isOwn: boolean, losses: Losses): object {
  const [content, calls, citations]: object[][] = [[], [], []]
  let plan: string | undefined
  for (const part of parts) {
    if (part.type === 'tool-call') calls!.push(encodeCall(part))
    else if (part.type === 'reasoning') content!.push({ type: 'thinking', thinking: part.text })
    else if (part.type === 'native' && part.format === NAME) content!.push(part.value as object)
    else if (part.type === 'native' || part.type === 'media')
      losses.note('content', `removed: ${LABEL} responses cannot contain ${part.kind}`)
    else if (originalOf(part) === PLAN) plan = part.text
    else {
      content!.push({ type: 'text', text: part.text, ...(isOwn && part.extra) })
      if (part.type === 'text')
        citations!.push(...(part.citations ?? []).map((each) => encodeCitation(each, part.text, content!.length - 1)))
    }
  }
  return defined({
    tool_plan: plan,
    content: content!.length > 0 ? content : undefined,
    tool_calls: calls!.length > 0 ? calls : undefined,
    citations: citations!.length > 0 ? citations : undefined,
  })
}
