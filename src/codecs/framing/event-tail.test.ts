import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { EventTail } from './event-tail.ts'
import { runs } from '../../../test/runs.ts'

const event = (bytes: number) => `data: ${'x'.repeat(bytes)}\n\n`

function tailOf(chunks: readonly string[]): string {
  const tail = new EventTail()
  for (const chunk of chunks) tail.push(Buffer.from(chunk))
  return tail.text()
}

test.each<[string, string[], string]>([
  ['a short stream is kept unchanged', [event(1), event(2), event(3)], event(1) + event(2) + event(3)],
  [
    'the last six of many chunks are kept',
    Array.from({ length: 9 }, (_, i) => event(i)),
    [3, 4, 5, 6, 7, 8].map(event).join(''),
  ],
  ['the events before a large chunk are dropped', [event(1), event(20_000), event(2)], event(20_000) + event(2)],
  [
    'the last events of a large chunk are kept',
    [event(1) + event(100_000) + event(17_000) + event(2)],
    event(17_000) + event(2),
  ],
  ['an event larger than the limit is kept whole', [event(1), event(200_000)], event(200_000)],
  ['an empty stream is empty', [], ''],
])('%s', (_title, chunks, kept) => expect(tailOf(chunks)).toBe(kept))

test('the tail ends the stream, begins at an event, contains the last event, and is small', () => {
  const chunk = fc.array(fc.nat(30_000), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1, maxLength: 12 }), (chunks) => {
      const all = chunks.map((sizes) => sizes.map(event).join(''))
      const kept = tailOf(all)
      expect(all.join('')).toEndWith(kept)
      expect(kept).toStartWith('data: ')
      expect(kept).toEndWith(event(chunks.at(-1)!.at(-1)!))
      expect(kept.length).toBeLessThan(16 * 1024 + 32 * 1024 + 31_000)
    }),
    runs(),
  )
})
