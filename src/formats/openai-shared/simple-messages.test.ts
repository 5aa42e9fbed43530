import { expect, test } from 'bun:test'
import type { Part } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'
import { Losses } from '../translation/losses.ts'
import { simpleMessages, simpleText } from './simple-messages.ts'

const text = (content: string): Part => ({ type: 'text', text: content })
const image: Part = { type: 'media', kind: 'image', source: { type: 'base64', data: 'AAAA' } }
const call = (id: string): Part => ({ type: 'tool-call', id, name: 'f', arguments: '{}' })
const result = (callId: string, ...content: Part[]): Part => ({
  type: 'tool-result',
  callId,
  content: content as never,
})

function shown(messages: Message[]): [string[], string[]] {
  const request: ChatRequest = {
    format: 'anthropic',
    model: 'm',
    messages,
    tools: [],
    sampling: {},
    stop: [],
    stream: false,
    wantsUsage: true,
  }
  const losses = new Losses()
  const plain = simpleMessages(request, 'There', losses)
  const lines = plain.map((message) => {
    const images = message.content.filter(({ part }) => part.type === 'media').length
    const more = [
      message.resultOf?.callId,
      images > 0 ? `${images} images` : '',
      message.calls.map(({ id }) => id).join(),
    ]
    return [message.role, simpleText(message), ...more].filter(Boolean).join(' | ')
  })
  return [lines, losses.list.map(({ field }) => field)]
}

const calls: Message = { role: 'assistant', parts: [text('look'), call('1'), call('2')] }

test.each<[string, Message[], string[], string[]]>([
  [
    'developer messages become system messages',
    [{ role: 'developer', parts: [text('be kind')] }],
    ['system | be kind'],
    [],
  ],
  [
    'empty texts are left out',
    [
      { role: 'user', parts: [text(' ')] },
      { role: 'user', parts: [text('a')] },
    ],
    ['user | a'],
    [],
  ],
  [
    'texts of a user are joined by a blank line, those of the assistant directly',
    [
      { role: 'user', parts: [text('a'), text('b')] },
      { role: 'assistant', parts: [text('a'), text('b')] },
    ],
    ['user | a\n\nb', 'assistant | ab'],
    [],
  ],
  [
    'results come first',
    [calls, { role: 'user', parts: [text('go on'), result('1', text('one')), result('2', text('two'))] }],
    ['assistant | look | 1,2', 'tool | one | 1', 'tool | two | 2', 'user | go on'],
    [],
  ],
  [
    'images of results follow after the last result',
    [calls, { role: 'user', parts: [result('1', image), result('2', text('two'), image), text('go on')] }],
    [
      'assistant | look | 1,2',
      'tool | (attached below) | 1',
      'tool | two | 2',
      'user | Attached to the result of tool call 1:\n\nAttached to the result of tool call 2: | 2 images',
      'user | go on',
    ],
    [],
  ],
  ['a refusal becomes text', [{ role: 'assistant', parts: [{ type: 'refusal', text: 'no' }] }], ['assistant | no'], []],
  [
    'names, cache marks and seals are removed and noted',
    [
      {
        role: 'user',
        name: 'ann',
        parts: [{ type: 'text', text: 'a', cache: {}, seal: { origin: 'gemini', signature: 's' } }],
      },
    ],
    ['user | a'],
    ['messages[0].name', 'messages[0].content[0].cache_control', 'messages[0].content[0].signature'],
  ],
])('%s', (_title, messages, lines, lost) => expect(shown(messages)).toEqual([lines, lost]))

test.each<[string, Message[], string]>([
  ['a call without a result', [calls], 'messages'],
  ['a result without a call', [{ role: 'user', parts: [result('1')] }], 'messages[0].content[0]'],
  ['a file', [{ role: 'user', parts: [{ type: 'media', kind: 'file', source: { type: 'id', id: 'f' } }] }], 'file'],
  ['an image of the assistant', [{ role: 'assistant', parts: [image] }], 'image'],
  [
    'a call of the user',
    [
      { role: 'user', parts: [call('1')] },
      { role: 'user', parts: [] },
    ],
    'tool call',
  ],
])('%s is rejected', (_title, messages, named) => expect(() => shown(messages)).toThrow(named))
