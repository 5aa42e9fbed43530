import { expect, test } from 'bun:test'
import type { ChatRequest, Message } from '../../chat/request.ts'
import { conversationPath, messagePath, partPath, withRequestPath } from './request-paths.ts'

const system: Message = { role: 'system', parts: [{ type: 'text', text: 'a' }] }
const user: Message = { role: 'user', parts: [{ type: 'text', text: 'b' }] }
const request = (format: string, messages: Message[]): ChatRequest => ({
  format,
  model: 'm',
  messages,
  tools: [],
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: false,
})

test.each<[string, Message[], number, string, string]>([
  ['openai-chat', [system, user], 1, 'messages[1]', 'messages[1].content[0]'],
  ['openai-chat', [system, { ...user, isPlain: true }], 1, 'messages[1]', 'messages[1].content'],
  ['anthropic', [system, user], 0, 'system', 'system[0]'],
  ['anthropic', [{ ...system, isPlain: true }, user], 0, 'system', 'system'],
  ['anthropic', [system, user], 1, 'messages[0]', 'messages[0].content[0]'],
  ['anthropic', [user], 0, 'messages[0]', 'messages[0].content[0]'],
  ['gemini', [system, user], 0, 'systemInstruction', 'systemInstruction.parts[0]'],
  ['gemini', [system, user], 1, 'contents[0]', 'contents[0].parts[0]'],
  ['openai-responses', [system, user], 1, 'input', 'input'],
])(
  'in %s with the messages %j, the path of message %d is %s, of its part %s',
  (format, messages, index, message, part) => {
    expect(messagePath(request(format, messages), index)).toBe(message)
    expect(partPath(request(format, messages), index, 0)).toBe(part)
  },
)

test('items of openai-responses have the path where they were read', () => {
  const part = withRequestPath({ type: 'text', text: 'b' } as const, 'input[3].content[0]')
  const message = withRequestPath<Message>({ role: 'user', parts: [part] }, 'input[3]')
  expect(messagePath(request('openai-responses', [system, message]), 1)).toBe('input[3]')
  expect(partPath(request('openai-responses', [system, message]), 1, 0)).toBe('input[3].content[0]')
})

test.each([
  ['openai-chat', 'messages'],
  ['anthropic', 'messages'],
  ['gemini', 'contents'],
  ['openai-responses', 'input'],
])('the conversation of %s is in the field %s', (format, path) =>
  expect(conversationPath(request(format, [user]))).toBe(path),
)
