// Servers of this format count and name items and parts in different ways. No text is emitted twice, and none is lost.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../../test/runs.ts'
import { fold } from '../../../chat/fold.ts'
import { openaiResponses } from '../index.ts'

type Event = Record<string, unknown>

function partsOf(...events: Event[]) {
  const decoder = openaiResponses.createDecoder()
  const out = [CREATED, ...events, COMPLETED].flatMap((event) =>
    decoder.push({ name: undefined, data: JSON.stringify(event) }),
  )
  const { parts } = fold([...out, ...decoder.end()], 'openai-responses').choices[0]!
  return parts.map((part) => [part.type, 'text' in part ? part.text : 'arguments' in part ? part.arguments : ''])
}

const CREATED = { type: 'response.created', response: { id: 'resp_1', model: 'm', status: 'in_progress', output: [] } }
const COMPLETED = { type: 'response.completed', response: { id: 'resp_1', status: 'completed', output: [] } }
const message = (...texts: string[]) => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  content: texts.map((text) => ({ type: 'output_text', text })),
})
const thought = (...texts: string[]) => ({
  type: 'reasoning',
  id: 'rs_1',
  summary: [],
  content: texts.map((text) => ({ type: 'reasoning_text', text })),
})
const call = { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '' }
const added = (item: object, place: Event = { output_index: 0 }): Event => ({
  type: 'response.output_item.added',
  item,
  ...place,
})
const done = (item: object, place: Event = { output_index: 0 }): Event => ({
  type: 'response.output_item.done',
  item,
  ...place,
})
const text = (delta: string, place: Event): Event => ({ type: 'response.output_text.delta', delta, ...place })
const reasoning = (delta: string, place: Event): Event => ({ type: 'response.reasoning_text.delta', delta, ...place })
const announced = (place: Event): Event => ({
  type: 'response.content_part.added',
  part: { type: 'output_text', text: '' },
  ...place,
})
const partDone = (repeated: string, place: Event, type = 'output_text'): Event => ({
  type: 'response.content_part.done',
  part: { type, text: repeated },
  ...place,
})

const ONE: [string, string][] = [['text', 'One two.']]

test.each<[string, Event[], [string, string][]]>([
  [
    'content_index counts over the whole response',
    [added(message()), text('One two.', { output_index: 0, content_index: 1 }), done(message('One two.'))],
    ONE,
  ],
  [
    'each delta has another content_index',
    [
      added(message()),
      text('One ', { output_index: 0, content_index: 1 }),
      text('two.', { output_index: 0, content_index: 2 }),
      done(message('One two.')),
    ],
    ONE,
  ],
  [
    'the same, and each ends the text under another index',
    [
      added(message()),
      text('One ', { output_index: 0, content_index: 1 }),
      text('two.', { output_index: 0, content_index: 2 }),
      partDone('One two.', { output_index: 0, content_index: 3 }),
      done(message('One two.')),
    ],
    ONE,
  ],
  [
    'two announced parts that the item counts from 1',
    [
      added(message()),
      announced({ output_index: 0, content_index: 1 }),
      text('One ', { output_index: 0, content_index: 1 }),
      announced({ output_index: 0, content_index: 2 }),
      text('two.', { output_index: 0, content_index: 2 }),
      done(message('One ', 'two.')),
    ],
    [
      ['text', 'One '],
      ['text', 'two.'],
    ],
  ],
  [
    'one part, which the finished item has as two',
    [added(message()), text('One two.', { output_index: 0, content_index: 0 }), done(message('One ', 'two.'))],
    ONE,
  ],
  [
    'a second part that only the finished item has',
    [added(message()), text('One ', { output_index: 0, content_index: 1 }), done(message('One ', 'two.'))],
    [
      ['text', 'One '],
      ['text', 'two.'],
    ],
  ],
  [
    'reasoning with an index of the whole response',
    [
      added(thought()),
      reasoning('Hm.', { output_index: 0, content_index: 1 }),
      done(thought('Hm.')),
      added(message(), { output_index: 1 }),
      text('One two.', { output_index: 1, content_index: 2 }),
      done(message('One two.'), { output_index: 1 }),
    ],
    [['reasoning', 'Hm.'], ...ONE],
  ],
  [
    'a piece of reasoning per index (vLLM)',
    [
      added(thought()),
      ...['He', 'll', 'o.'].map((piece, index) => reasoning(piece, { output_index: 0, content_index: index })),
      { type: 'response.reasoning_text.done', output_index: 0, content_index: 3, text: 'Hello.' },
      done(thought('Hello.')),
      added(message(), { output_index: 1 }),
      text('One two.', { output_index: 1, content_index: 4 }),
      done(message('One two.'), { output_index: 1 }),
    ],
    [['reasoning', 'Hello.'], ...ONE],
  ],
  [
    'output_index is 1 in all events but the last',
    [
      added(message(), { output_index: 1 }),
      text('One two.', { output_index: 1, content_index: 0 }),
      done(message('One two.'), { output_index: 0 }),
    ],
    ONE,
  ],
  [
    'no output_index, and the id in the item only (llama.cpp)',
    [
      added(message(), {}),
      text('One ', { item_id: 'msg_1' }),
      text('two.', { item_id: 'msg_1' }),
      partDone('One two.', { item_id: 'msg_1' }),
      done(message('One two.'), {}),
    ],
    ONE,
  ],
  [
    'neither output_index nor id',
    [
      added({ ...message(), id: undefined }, {}),
      text('One two.', {}),
      done({ ...message('One two.'), id: undefined }, {}),
    ],
    ONE,
  ],
  [
    'ids that differ in each event (Copilot)',
    [
      added(message()),
      text('One two.', { output_index: 0, content_index: 0, item_id: 'x' }),
      done({ ...message('One two.'), id: 'y' }),
    ],
    ONE,
  ],
  [
    'an announced item whose deltas have another output_index and no id',
    [added(message()), text('One two.', { output_index: 1, content_index: 0 }), done(message('One two.'))],
    ONE,
  ],
  [
    'one id for all items',
    [
      added({ ...thought(), id: 'i' }),
      reasoning('Hm.', { output_index: 0, content_index: 0, item_id: 'i' }),
      done({ ...thought('Hm.'), id: 'i' }),
      added({ ...message(), id: 'i' }, { output_index: 1 }),
      text('One two.', { output_index: 1, content_index: 0, item_id: 'i' }),
      done({ ...message('One two.'), id: 'i' }, { output_index: 1 }),
    ],
    [['reasoning', 'Hm.'], ...ONE],
  ],
  [
    'no output_index for a call',
    [
      added(call, {}),
      { type: 'response.function_call_arguments.delta', item_id: 'fc_1', delta: '{"a":' },
      { type: 'response.function_call_arguments.delta', item_id: 'fc_1', delta: '1}' },
      { type: 'response.function_call_arguments.done', item_id: 'fc_1', arguments: '{"a":1}' },
      done({ ...call, arguments: '{"a":1}' }, {}),
    ],
    [['tool-call', '{"a":1}']],
  ],
  [
    'another output_index at the end of a call',
    [
      added(call, { output_index: 2 }),
      { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{}' },
      done({ ...call, arguments: '{}' }, { output_index: 0 }),
    ],
    [['tool-call', '{}']],
  ],
  ['text that only the finished item has', [added(message()), done(message('One two.'))], ONE],
  ['text that only an unannounced item has', [done(message('One two.'))], ONE],
  [
    'text in content_part.done only',
    [added(message()), partDone('One two.', { output_index: 0, content_index: 0 }), done(message('One two.'))],
    ONE,
  ],
])('%s', (_title, events, expected) => expect(partsOf(...events)).toEqual(expected))

const counts = fc.constantFrom<Event[]>(
  [{ output_index: 0 }, { output_index: 0 }, { output_index: 0 }],
  [{ output_index: 1 }, { output_index: 1 }, { output_index: 0 }],
  [{}, { item_id: 'msg_1' }, {}],
  [{}, {}, {}],
)

test('however items and pieces are counted, the text is emitted once', () =>
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
      counts,
      fc.nat(5),
      fc.boolean(),
      fc.boolean(),
      (pieces, [first, middle, last], offset, grows, repeats) => {
        const whole = pieces.join('')
        const at = (index: number) => ({ ...middle, content_index: offset + (grows ? index : 0) })
        const events = [
          added(message(), first),
          ...pieces.map((piece, index) => text(piece, at(index))),
          ...(repeats ? [partDone(whole, at(pieces.length))] : []),
          done(message(whole), last),
        ]
        expect(partsOf(...events)).toEqual([['text', whole]])
      },
    ),
    runs(),
  ))
