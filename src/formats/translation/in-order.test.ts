import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import { InOrder } from './in-order.ts'
import { runs } from '../../../test/runs.ts'

const start = (index: number): ChatEvent => ({ type: 'part-start', choice: 0, index, part: { type: 'text' } })
const say = (index: number, text: string): ChatEvent => ({ type: 'part-delta', choice: 0, index, text })
const end = (index: number): ChatEvent => ({ type: 'part-end', choice: 0, index })
const finish: ChatEvent = { type: 'finish', choice: 0, finish: { reason: 'stop' } }

const shown = (events: readonly ChatEvent[]): string =>
  events.map((event) => ('index' in event ? `${event.type.slice(5)} ${event.index}` : event.type)).join(', ')

test.each<[string, ChatEvent[], string[]]>([
  [
    'consecutive parts pass through',
    [start(0), say(0, 'a'), end(0), start(1), end(1), finish],
    ['start 0', 'delta 0', 'end 0', 'start 1', 'end 1', 'finish'],
  ],
  [
    'a second part waits for the first',
    [start(0), start(1), say(1, 'b'), say(0, 'a'), end(0), say(1, 'c'), end(1), finish],
    ['start 0', '', '', 'delta 0', 'end 0, start 1, delta 1', 'delta 1', 'end 1', 'finish'],
  ],
  [
    'a part that has ended meanwhile is released completely, and the next one is open',
    [start(0), start(1), end(1), start(2), end(0), say(2, 'c'), end(2)],
    ['start 0', '', '', '', 'end 0, start 1, end 1, start 2', 'delta 2', 'end 2'],
  ],
  [
    'the finish releases events that wait for a part that never ended',
    [start(0), start(1), say(1, 'b'), finish],
    ['start 0', '', '', 'start 1, delta 1, finish'],
  ],
])('%s', (_title, events, steps) => {
  const order = new InOrder()
  expect(events.map((event) => shown(order.push(event)))).toEqual(steps)
})

test('for any order the folded response is the same', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.string({ minLength: 1, maxLength: 3 })), { maxLength: 12 }), (said) => {
      const events = [0, 1, 2, 3].map(start)
      events.push(...said.map(([index, text]) => say(index, text)), ...[2, 0, 3, 1].map(end), finish)
      const order = new InOrder()
      const ordered = events.flatMap((event) => order.push(event))
      expect(fold(ordered, 'x')).toEqual(fold(events, 'x'))
      expect(ordered).toHaveLength(events.length)
    }),
    runs(),
  ))
