import { describe, expect, test } from 'bun:test'
import type { Part } from '../../chat/part.ts'
import type { ChatRequest, Message, Role } from '../../chat/request.ts'
import { Losses } from './losses.ts'
import { conversationOf } from './turns.ts'

const text = (content: string): Part => ({ type: 'text', text: content })
const call = (id: string): Part => ({ type: 'tool-call', id, name: 'f', arguments: '{}' })
const result = (callId: string): Part => ({ type: 'tool-result', callId, content: [] })
const say = (role: Role, ...parts: (Part | string)[]): Message => ({
  role,
  parts: parts.map((part) => (typeof part === 'string' ? text(part) : part)),
})
const request = (messages: Message[], format = 'openai-chat'): ChatRequest => ({
  format,
  model: 'm',
  messages,
  tools: [],
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: false,
})

/** `user: hello | result a` for each turn, starting with the system's. */
function turnsOf(messages: Message[]): string[] {
  const { system, turns } = conversationOf(request(messages), new Losses())
  const show = ({ part }: { part: Part }) =>
    part.type === 'text'
      ? part.text
      : part.type === 'tool-call'
        ? `call ${part.id}`
        : `result ${(part as { callId: string }).callId}`
  return [
    ...(system.length > 0 ? [`system: ${system.map(show).join(' | ')}`] : []),
    ...turns.map(({ role, parts }) => `${role}: ${parts.map(show).join(' | ')}`),
  ]
}

describe('a conversation in turns', () => {
  test.each<[string, Message[], string[]]>([
    [
      'instructions are first, in order',
      [say('system', 'a'), say('developer', 'b'), say('user', 'c')],
      ['system: a | b', 'user: c'],
    ],
    [
      'later instructions keep their place',
      [say('user', 'a'), say('assistant', 'b'), say('system', 'c'), say('user', 'd')],
      ['user: a', 'assistant: b', 'user: <system>\nc\n</system> | d'],
    ],
    [
      'adjacent messages are one turn',
      [say('user', 'a'), say('user', 'b'), say('assistant', 'c')],
      ['user: a | b', 'assistant: c'],
    ],
    [
      'all results are in one turn, before other parts of the user',
      [
        say('user', 'a'),
        say('assistant', call('x'), call('y')),
        say('tool', result('x')),
        say('tool', result('y')),
        say('user', 'b'),
      ],
      ['user: a', 'assistant: call x | call y', 'user: result x | result y | b'],
    ],
    [
      'results move before the text of their message',
      [say('user', 'a'), say('assistant', call('x')), say('user', 'b', result('x'))],
      ['user: a', 'assistant: call x', 'user: result x | b'],
    ],
    [
      'empty texts are removed',
      [say('user', 'a'), say('assistant', ' \n', call('x')), say('tool', result('x'))],
      ['user: a', 'assistant: call x', 'user: result x'],
    ],
    [
      'an empty message is removed, and its neighbours become one turn',
      [say('user', 'a'), say('assistant', ''), say('user', 'b')],
      ['user: a | b'],
    ],
  ])('%s', (_title, messages, turns) => expect(turnsOf(messages)).toEqual(turns))
})

describe('rejected', () => {
  test.each<[string, Message[], string]>([
    ['instructions only', [say('system', 'a')], 'messages has no user or assistant message with content.'],
    ['no messages', [], 'messages has no user or assistant message with content.'],
    [
      'a call without a result',
      [say('user', 'a'), say('assistant', call('x'), call('y')), say('tool', result('y'))],
      'messages lacks the result of the tool call "x".',
    ],
    [
      'a call followed by another user message',
      [say('user', 'a'), say('assistant', call('x')), say('user', 'b')],
      'messages lacks the result of the tool call "x".',
    ],
    [
      'a call at the end',
      [say('user', 'a'), say('assistant', call('x'))],
      'messages lacks the result of the tool call "x".',
    ],
    [
      'a result without a call',
      [say('user', 'a'), say('tool', result('x'))],
      'messages[1].content[0] has a result for the tool call "x", but the previous turn has no such call.',
    ],
    [
      'a second result of one call',
      [say('user', 'a'), say('assistant', call('x')), say('tool', result('x'), result('x'))],
      'messages[2].content[1] has a result for the tool call "x", but the previous turn has no such call.',
    ],
    [
      'an instruction that is not text',
      [say('system', call('x')), say('user', 'a')],
      'messages[0].content[0]: instructions can only be text, not tool-call.',
    ],
  ])('%s', (_title, messages, message) => expect(() => turnsOf(messages)).toThrow(message))
})

test.each([
  ['openai-chat', 'messages[1].content[0]'],
  ['gemini', 'contents[1].parts[0]'],
  ['openai-responses', 'input'],
])('the path of a part in %s is %s', (format, path) => {
  const { turns } = conversationOf(request([say('user', 'a'), say('assistant', 'b')], format), new Losses())
  expect(turns[1]!.parts[0]!.path).toBe(path)
})

test('a message name that cannot be kept is noted', () => {
  const losses = new Losses()
  conversationOf(request([{ ...say('user', 'a'), name: 'Ann' }]), losses)
  expect(losses.list).toEqual([{ field: 'messages[0].name', what: 'removed: the target format has no message names' }])
})
