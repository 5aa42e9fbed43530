import type { ChatEvent, PartOpening } from './event.ts'
import type { ResponsePart, ChatResponse } from './response.ts'

/** A complete response as a stream, one delta per part. `fold(unfold(response))` equals the response. */
export function* unfold(response: ChatResponse): Generator<ChatEvent, void> {
  const { choices, usage, ...start } = response
  yield { type: 'start', ...start }
  for (const [choice, { parts, finish, logprobs, extra }] of choices.entries()) {
    for (const [index, part] of parts.entries()) yield* unfoldPart(part, { choice, index })
    if (logprobs) yield { type: 'logprobs', choice, tokens: logprobs }
    yield { type: 'finish', choice, finish, ...(extra && { extra }) }
  }
  if (usage) yield { type: 'usage', usage }
}

function* unfoldPart(part: ResponsePart, place: { choice: number; index: number }): Generator<ChatEvent, void> {
  yield { type: 'part-start', ...place, part: openingOf(part) }
  if (part.type === 'tool-call' && part.seal) yield { type: 'part-seal', ...place, seal: part.seal }
  const text = textOf(part)
  if (text !== '') yield { type: 'part-delta', ...place, text }
  if (part.type === 'text')
    for (const citation of part.citations ?? []) yield { type: 'part-citation', ...place, citation }
  if ((part.type === 'text' || part.type === 'reasoning') && part.seal)
    yield { type: 'part-seal', ...place, seal: part.seal }
  yield { type: 'part-end', ...place }
}

function openingOf(part: ResponsePart): PartOpening {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: part.type }
    case 'reasoning': {
      const { text: _, seal: __, ...opening } = part
      return opening
    }
    case 'tool-call': {
      const { arguments: _, seal: __, ...opening } = part
      return opening
    }
    default:
      return part
  }
}

function textOf(part: ResponsePart): string {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return part.text
    case 'tool-call':
      return part.arguments
    default:
      return ''
  }
}
