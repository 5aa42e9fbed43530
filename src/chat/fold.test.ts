import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent } from './event.ts'
import type { ResponsePart, ChatResponse } from './response.ts'
import { fold } from './fold.ts'
import { unfold } from './unfold.ts'
import { runs } from '../../test/runs.ts'

const place = { choice: 0, index: 0 } as const
const finish = { type: 'finish', choice: 0, finish: { reason: 'stop' } } as const satisfies ChatEvent

describe('a stream is folded into', () => {
  test.each<[string, ChatEvent[], ResponsePart[]]>([
    ['a choice without parts, if it has none', [finish], []],
    [
      'its text, concatenated',
      [
        { type: 'part-start', ...place, part: { type: 'text' } },
        { type: 'part-delta', ...place, text: 'Hel' },
        { type: 'part-delta', ...place, text: 'lo' },
        finish,
      ],
      [{ type: 'text', text: 'Hello' }],
    ],
    [
      'a call whose missing arguments are {}',
      [{ type: 'part-start', ...place, part: { type: 'tool-call', id: 'c', name: 'f' } }, finish],
      [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{}' }],
    ],
    [
      'parts in the order in which they opened, although their deltas are interleaved',
      [
        { type: 'part-start', ...place, part: { type: 'tool-call', id: 'a', name: 'f' } },
        { type: 'part-start', choice: 0, index: 1, part: { type: 'tool-call', id: 'b', name: 'g' } },
        { type: 'part-delta', choice: 0, index: 1, text: '{"x":' },
        { type: 'part-delta', ...place, text: '{}' },
        { type: 'part-delta', choice: 0, index: 1, text: '1}' },
        finish,
      ],
      [
        { type: 'tool-call', id: 'a', name: 'f', arguments: '{}' },
        { type: 'tool-call', id: 'b', name: 'g', arguments: '{"x":1}' },
      ],
    ],
    [
      'reasoning with the seal that followed it',
      [
        { type: 'part-start', ...place, part: { type: 'reasoning' } },
        { type: 'part-delta', ...place, text: 'Hm.' },
        { type: 'part-seal', ...place, seal: { origin: 'anthropic', signature: 'sig' } },
        finish,
      ],
      [{ type: 'reasoning', text: 'Hm.', seal: { origin: 'anthropic', signature: 'sig' } }],
    ],
  ])('%s', (_title, events, parts) => {
    expect(fold(events, 'x').choices[0]).toEqual({ parts, finish: { reason: 'stop' } })
  })

  test('the last usage that was reported', () => {
    const usage = (output: number): ChatEvent => ({ type: 'usage', usage: { input: 1, output } })
    expect(fold([usage(1), finish, usage(7)], 'x').usage).toEqual({ input: 1, output: 7 })
  })

  test('a choice with the finish reason other, if the stream has no finish', () =>
    expect(fold([{ type: 'part-start', ...place, part: { type: 'text' } }], 'x').choices[0]?.finish.reason).toBe(
      'other',
    ))
})

const word = fc.string({ minLength: 1, maxLength: 12 })
const seal = fc.record({ origin: fc.constantFrom('anthropic', 'gemini'), signature: word })
const answerPart: fc.Arbitrary<ResponsePart> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: fc.string() }),
  fc.record({ type: fc.constant('refusal' as const), text: word }),
  fc.record({ type: fc.constant('reasoning' as const), text: fc.string(), isSummary: fc.boolean(), seal }),
  fc.record({
    type: fc.constant('tool-call' as const),
    id: word,
    name: word,
    arguments: fc.json().filter((text) => text.trim() !== ''),
  }),
  fc.record({ type: fc.constant('native' as const), format: word, kind: word, value: fc.jsonValue() }),
)
const response: fc.Arbitrary<ChatResponse> = fc.record({
  format: fc.constant('x'),
  id: word,
  model: word,
  choices: fc.array(
    fc.record({
      parts: fc.array(answerPart, { maxLength: 4 }),
      finish: fc.record({ reason: fc.constantFrom('stop' as const, 'length' as const), native: word }),
    }),
    { maxLength: 2 },
  ),
  usage: fc.record({ input: fc.nat(), output: fc.nat() }),
})

test('unfolding a response and folding it again changes nothing', () =>
  fc.assert(
    fc.property(response, (given) => expect(fold(unfold(given), 'x')).toEqual(given)),
    runs(),
  ))
