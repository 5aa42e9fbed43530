import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/runs.ts'
import { cutAtStop } from './cut-at-stop.ts'
import type { ChatEvent } from './event.ts'
import { fold } from './fold.ts'
import type { ChatResponse, ResponsePart } from './response.ts'
import { StopMatcher } from './stop-matcher.ts'
import { unfold } from './unfold.ts'

const text = (value: string): ResponsePart => ({ type: 'text', text: value })
const call: ResponsePart = { type: 'tool-call', id: 'a', name: 'f', arguments: '{"x":"STOP"}' }
const response = (...parts: ResponsePart[]): ChatResponse => ({
  format: 'openai-responses',
  id: 'r',
  choices: [{ parts, finish: { reason: 'stop', native: 'completed' } }],
  usage: { input: 1, output: 9 },
})

describe('a response ends at the sequence', () => {
  test.each<[string, ResponsePart[], string[], ResponsePart[], string | undefined]>([
    ['in the middle', [text('one STOP two')], ['STOP'], [text('one ')], 'STOP'],
    ['at the beginning', [text('STOP two')], ['STOP'], [text('')], 'STOP'],
    ['at the end', [text('one STOP')], ['STOP'], [text('one ')], 'STOP'],
    ['never', [text('one STO')], ['STOP'], [text('one STO')], undefined],
    ['that is complete first', [text('abcd')], ['bcd', 'c'], [text('ab')], 'c'],
    ['that is longest', [text('abcd')], ['c', 'abc'], [text('')], 'abc'],
    ['that repeats itself', [text('aabaabaac')], ['aabaac'], [text('aab')], 'aabaac'],
    ['of several code units', [text('a😀b')], ['😀'], [text('a')], '😀'],
    ['before a later part', [text('one STOP'), call, text('two')], ['STOP'], [text('one ')], 'STOP'],
    ['after an earlier part', [call, text('one STOP')], ['STOP'], [call, text('one ')], 'STOP'],
    ['but not in a call', [call, text('one')], ['STOP'], [call, text('one')], undefined],
    [
      'but not in reasoning',
      [{ type: 'reasoning', text: 'STOP' }, text('a STOP')],
      ['STOP'],
      [{ type: 'reasoning', text: 'STOP' }, text('a ')],
      'STOP',
    ],
  ])('%s', (_title, parts, sequences, kept, stop) => {
    const whole = cutAtStop(sequences).response(response(...parts))
    expect(whole.choices[0]!.parts).toEqual(kept)
    expect(whole.choices[0]!.finish).toMatchObject(
      stop === undefined ? { reason: 'stop' } : { reason: 'stop-sequence', stopSequence: stop },
    )
    expect(whole.usage).toEqual({ input: 1, output: 9 })
  })

  test('a response without it stays the same object', () => {
    const whole = response(text('one'))
    expect(cutAtStop(['STOP']).response(whole)).toBe(whole)
  })

  test('citations of the text that is left out are left out', () => {
    const cite = (start: number, end: number) => ({ start, end, native: { format: 'x', value: 1 } })
    const cited: ResponsePart = { type: 'text', text: 'one STOP two', citations: [cite(0, 3), cite(9, 12)] }
    expect(cutAtStop(['STOP']).response(response(cited)).choices[0]!.parts).toEqual([
      { type: 'text', text: 'one ', citations: [cite(0, 3)] },
    ])
  })
})

describe('a stream', () => {
  const at = { choice: 0, index: 0 }
  const delta = (value: string, index = 0): ChatEvent => ({ type: 'part-delta', choice: 0, index, text: value })

  test('passes text on as soon as it cannot be part of a sequence', () => {
    const cut = cutAtStop(['STOP'])
    expect(cut.events([{ type: 'part-start', ...at, part: { type: 'text' } }, delta('one S')])).toEqual([
      { type: 'part-start', ...at, part: { type: 'text' } },
      delta('one '),
    ])
    expect(cut.events([delta('T')])).toEqual([])
    expect(cut.events([delta('ART')])).toEqual([delta('START')])
    expect(cut.events([delta('STO'), delta('P two')])).toEqual([])
    expect(cut.events([delta('three'), { type: 'part-end', ...at }])).toEqual([{ type: 'part-end', ...at }])
    expect(cut.end()).toEqual([])
  })

  test('gives the text that was held back when it ends early', () => {
    const cut = cutAtStop(['STOP'])
    cut.events([{ type: 'part-start', ...at, part: { type: 'text' } }, delta('ST')])
    expect(cut.end()).toEqual([delta('ST')])
  })

  test('of several choices is cut in each', () => {
    const both = { ...response(), choices: ['a X b', 'c d'].map((each) => response(text(each)).choices[0]!) }
    const folded = fold(cutAtStop(['X']).events([...unfold(both)]), 'x')
    expect(folded.choices.map(({ parts, finish }) => [parts, finish.reason])).toEqual([
      [[text('a ')], 'stop-sequence'],
      [[text('c d')], 'stop'],
    ])
  })

  /** The stream with its text in pieces of these sizes. */
  const inPieces = (events: Iterable<ChatEvent>, sizes: readonly number[]): ChatEvent[] =>
    [...events].flatMap((event) => {
      if (event.type !== 'part-delta') return [event]
      const pieces: ChatEvent[] = []
      for (let from = 0, turn = 0; from < event.text.length; turn++) {
        const size = sizes[turn % sizes.length]!
        pieces.push({ ...event, text: event.text.slice(from, from + size) })
        from += size
      }
      return pieces
    })

  test('in any pieces gives what the whole response gives', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 })
    const part = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', '😀'), minLength: 1, maxLength: 30 }).map(text),
      fc.constant(call),
    )
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 4 }),
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (parts, sequences, sizes) => {
          const whole = response(...parts)
          const cut = cutAtStop(sequences)
          const streamed = inPieces(unfold(whole), sizes).flatMap((event) => cut.events([event]))
          const expected = cutAtStop(sequences).response(whole)
          expect(fold([...streamed, ...cut.end()], whole.format)).toEqual(expected)
          expect(firstMatch(parts, sequences)).toEqual(textIn(expected))
        },
      ),
      runs(),
    )
  })

  const textIn = ({ choices }: ChatResponse) =>
    choices[0]!.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))

  /** The same by trying every end in turn. */
  function firstMatch(parts: readonly ResponsePart[], sequences: readonly string[]): string[] {
    const kept: string[] = []
    for (const part of parts) {
      if (part.type !== 'text') continue
      for (let end = 1; end <= part.text.length; end++) {
        const ends = sequences.filter((each) => part.text.slice(0, end).endsWith(each)).map(({ length }) => length)
        if (ends.length > 0) return [...kept, part.text.slice(0, end - Math.max(...ends))]
      }
      kept.push(part.text)
    }
    return kept
  }
})

test('a hostile sequence takes as many steps as the text has characters', () => {
  const matcher = new StopMatcher([`${'a'.repeat(999)}b`])
  const passed = Array.from({ length: 100_000 }, () => matcher.push('a').text).join('')
  expect(passed.length + matcher.rest().length).toBe(100_000)
})
