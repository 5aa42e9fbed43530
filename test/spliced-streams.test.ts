// Streams in which the events of two responses follow each other: never told as one good response. Only sure signs count.
import { describe, expect, test } from 'bun:test'
import { chat, claude, converse, readEvents, translateStream } from './formats/translate.ts'

const message = (id: string) => ({
  type: 'message_start',
  message: {
    id,
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  },
})
const call = (index: number, id: string, json: string) => [
  { type: 'content_block_start', index, content_block: { type: 'tool_use', id, name: 'pay', input: {} } },
  { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: json } },
]
const created = (id: string) => ({
  type: 'response.created',
  response: { id, model: 'm', status: 'in_progress', output: [] },
})
const text = (delta: string, item_id = 'i') => ({
  type: 'response.output_text.delta',
  output_index: 0,
  content_index: 0,
  item_id,
  delta,
})
const completed = (id: string) => ({ type: 'response.completed', response: { id, status: 'completed', output: [] } })
const chunk = (id: string, delta: object, finish: string | null = null) => ({ ...chat.delta(delta, finish), id })
const cohere = (type: string, more: object) => ({ type, ...more })
const cohereStart = (id: string) => cohere('message-start', { id, delta: { message: { role: 'assistant' } } })
const cohereText = [
  cohere('content-start', { index: 0, delta: { message: { content: { type: 'text', text: 'Pay' } } } }),
  cohere('content-end', { index: 0 }),
]
const cohereEnd = cohere('message-end', { delta: { finish_reason: 'COMPLETE' } })

describe('another response begins:', () => {
  test.each<[string, string, object[]]>([
    [
      'Anthropic',
      'anthropic',
      [
        message('msg_a'),
        ...call(0, 'toolu_a', '{"amount": 1'),
        message('msg_b'),
        ...call(0, 'toolu_b', '{"amount": 25}'),
        ...claude.end('tool_use'),
      ],
    ],
    ['Responses', 'openai-responses', [created('a'), text('Pay'), created('b'), text('Pay 25'), completed('b')]],
    [
      'Converse',
      'bedrock-converse',
      [
        converse.start,
        ...converse.text(0, 'Pay'),
        converse.start,
        ...converse.text(0, 'Pay 25'),
        ...converse.end('end_turn'),
      ],
    ],
    [
      'Converse, after the end of the first',
      'bedrock-converse',
      [converse.start, { messageStop: { stopReason: 'end_turn' } }, converse.start, ...converse.end('end_turn')],
    ],
    [
      'Chat',
      'openai-chat',
      [
        chunk('a', { role: 'assistant', content: '' }),
        chunk('a', { content: 'Pay' }),
        chunk('b', { role: 'assistant', content: '' }),
        chunk('b', { content: 'Pay 25' }),
        chunk('b', {}, 'stop'),
      ],
    ],
    ['Cohere', 'cohere', [cohereStart('a'), ...cohereText, cohereStart('b'), ...cohereText, cohereEnd]],
  ])('%s', (_title, upstream, events) =>
    expect(() => readEvents(upstream, events)).toThrow('another response before the first one had ended'),
  )
})

describe('no second response:', () => {
  test.each<[string, string, object[]]>([
    [
      'the same message_start again',
      'anthropic',
      [message('msg_a'), message('msg_a'), ...claude.text(0, 'Pay'), ...claude.end('end_turn')],
    ],
    [
      'a message_start without an id',
      'anthropic',
      [message('msg_a'), message(''), ...claude.text(0, 'Pay'), ...claude.end('end_turn')],
    ],
    ['the same response.created again', 'openai-responses', [created('a'), created('a'), text('Pay'), completed('a')]],
    [
      'other ids in later events (Copilot)',
      'openai-responses',
      [created('a'), { ...created('b'), type: 'response.in_progress' }, text('P'), text('ay', 'j'), completed('c')],
    ],
    [
      'messageStart twice before the content',
      'bedrock-converse',
      [converse.start, converse.start, ...converse.text(0, 'Pay'), ...converse.end('end_turn')],
    ],
    [
      'an id of its own in each chunk',
      'openai-chat',
      [
        chunk('a', { role: 'assistant', content: 'P' }),
        chunk('b', { role: 'assistant', content: 'a' }),
        chunk('c', { content: 'y' }),
        chunk('d', { role: 'assistant' }, 'stop'),
      ],
    ],
    [
      'an id of its own in each chunk, without roles',
      'openai-chat',
      [
        chunk('a', { content: 'P' }),
        chunk('b', { content: 'a' }),
        chunk('c', { role: 'assistant', content: 'y' }),
        chunk('d', {}, 'stop'),
      ],
    ],
    [
      'a role in each chunk',
      'openai-chat',
      [
        chunk('a', { role: 'assistant', content: 'P' }),
        chunk('a', { role: 'assistant', content: 'ay' }),
        chunk('b', { role: 'assistant' }, 'stop'),
      ],
    ],
    [
      'a first chunk without an id (Azure)',
      'openai-chat',
      [
        chunk('', { role: 'assistant' }),
        chunk('a', { content: 'P' }),
        chunk('a', { content: 'ay' }),
        chunk('a', {}, 'stop'),
      ],
    ],
    [
      'another id in the last chunk',
      'openai-chat',
      [chunk('a', { role: 'assistant' }), chunk('a', { content: 'Pay' }), chunk('b', {}, 'stop')],
    ],
    ['the same message-start again', 'cohere', [cohereStart('a'), cohereStart('a'), ...cohereText, cohereEnd]],
  ])('%s', (_title, upstream, events) => {
    const client = upstream === 'gemini' ? 'openai-chat' : 'gemini'
    expect(translateStream(client, upstream, events).parts).toMatchObject([{ type: 'text', text: 'Pay' }])
  })
})
