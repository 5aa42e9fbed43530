import { chatFormat } from '../../formats/chat-formats.ts'
import type { AnswerFacts } from '../../formats/format.ts'
import { Losses } from '../../formats/losses.ts'
import type { Wire } from '../../formats/wires.ts'
import type { Call } from '../call.ts'
import { canonicalRequest } from '../translate-request.ts'
import { openaiPassage } from './openai.ts'
import type { Passage } from './passage.ts'
import { sameLanguage } from './same-language.ts'
import { translated } from './translated.ts'

/** How an answer in the language `wire` gets to this call's client. */
export function passageFor(call: Call, wire: Wire, hidesUsage: boolean): Passage {
  const from = chatFormat(wire.name)
  if (wire !== call.wire) {
    const to = chatFormat(call.wire!.name)!
    const losses = new Losses((loss) => call.warn(`${loss.field}: ${loss.what}`))
    return translated({ from: from!, to, facts: answerFacts(call), losses })
  }
  return !from || from.name === 'openai-chat'
    ? openaiPassage(call, hidesUsage)
    : sameLanguage(from, () => answerFacts(call))
}

const answerFacts = (call: Call): AnswerFacts => ({
  request: canonicalRequest(call),
  id: crypto.randomUUID().replaceAll('-', ''),
  created: Math.floor(Date.now() / 1000),
  model: undefined,
})
