// Generated responses: any parts in any order, whole and as streams with interleaved parts.
import fc from 'fast-check'
import type { ChatEvent } from '../../src/chat/event.ts'
import type { FinishReason } from '../../src/chat/finish.ts'
import type { ResponsePart, ChatResponse } from '../../src/chat/response.ts'
import { unfold } from '../../src/chat/unfold.ts'

/** Texts that include known problems of framings and escapes. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.constantFrom('a\n\nb', 'data: x\r\n\r\n', '\u2028', '🌊', '"}', '<b>&amp;', '[DONE]', ' x '),
)

const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer(), { maxLength: 3 }))
const args = fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), value, { maxKeys: 3 })

const part: fc.Arbitrary<ResponsePart> = fc.oneof(
  text.map((content): ResponsePart => ({ type: 'text', text: content })),
  text.map((content): ResponsePart => ({ type: 'reasoning', text: content })),
  fc.tuple(fc.constantFrom('f', 'get_weather', 'g-2'), args).map(([name, given]): ResponsePart => ({
    type: 'tool-call',
    id: '',
    name,
    arguments: JSON.stringify(given),
  })),
)

const REASONS: readonly FinishReason[] = ['stop', 'stop-sequence', 'length', 'content-filter', 'tool-calls']

const usage = fc
  .tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000))
  .map(([fresh, cached, text, reasoning]) => ({
    input: fresh + cached,
    cached,
    output: text + reasoning,
    reasoning,
  }))

/** One choice with at least one part. A turn that ends with tool calls has some. */
export const responses: fc.Arbitrary<ChatResponse> = fc
  .tuple(fc.array(part, { minLength: 1, maxLength: 6 }), fc.constantFrom(...REASONS), usage)
  .map(([parts, reason, counted]) => {
    const hasCalls = parts.some(({ type }) => type === 'tool-call')
    const end =
      hasCalls === (reason === 'tool-calls') || reason === 'length' ? reason : hasCalls ? 'tool-calls' : 'stop'
    return {
      format: 'generated',
      id: 'answer1',
      model: 'm',
      created: 1_700_000_000,
      choices: [{ parts: parts.map(withId), finish: { reason: end } }],
      usage: counted,
    }
  })

const withId = (part: ResponsePart, index: number): ResponsePart =>
  part.type === 'tool-call' ? { ...part, id: `toolu_${'abcdefgh'[index]}Z` } : part

/**
 * The same response as a stream with interleaved parts. `chance` chooses the next event, and where a delta is split.
 * Parts open in their order.
 */
export function shuffled(answer: ChatResponse, chance: () => number): ChatEvent[] {
  const events = [...unfold(answer)]
  const queues = Map.groupBy(
    events.filter((event) => 'index' in event).flatMap((event) => cut(event, chance)),
    ({ index }) => index,
  )
  const waiting = [...queues.values()]
  const merged: ChatEvent[] = []
  const open: ChatEvent[][] = []
  while (waiting.length > 0 || open.length > 0) {
    if (waiting.length > 0 && (open.length === 0 || chance() < 0.3)) {
      const opened = waiting.shift()!
      merged.push(opened.shift()!)
      open.push(opened)
    }
    const queue = open[Math.floor(chance() * open.length)]!
    merged.push(queue.shift()!)
    if (queue.length === 0) open.splice(open.indexOf(queue), 1)
  }
  const [start, ...rest] = events.filter((event) => !('index' in event))
  return [start!, ...merged, ...rest]
}

type PartEvent = Extract<ChatEvent, { index: number }>

/** Splits a delta into up to three pieces, none of them empty or half a character. */
function cut(event: PartEvent, chance: () => number): PartEvent[] {
  if (event.type !== 'part-delta') return [event]
  const letters = [...event.text]
  const size = Math.max(1, Math.ceil(letters.length / (1 + Math.floor(chance() * 3))))
  const pieces = Array.from({ length: Math.ceil(letters.length / size) }, (_, at) =>
    letters.slice(at * size, (at + 1) * size).join(''),
  )
  return pieces.map((text) => Object.assign({}, event, { text }))
}
