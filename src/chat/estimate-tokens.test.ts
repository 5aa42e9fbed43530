import { expect, test } from 'bun:test'
import { estimateTokens } from './estimate-tokens.ts'
import type { Part } from './part.ts'
import type { ChatRequest, FunctionTool } from './request.ts'

const request = (parts: Part[], tools: FunctionTool[] = []): ChatRequest => ({
  format: 'x',
  model: 'm',
  messages: [{ role: 'user', parts }],
  tools,
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: false,
})
const text = (said: string) => ({ type: 'text', text: said }) as const
const picture: Part = { type: 'media', kind: 'image', source: { type: 'base64', data: 'A'.repeat(100_000) } }

test.each<[string, ChatRequest, number]>([
  ['a message of nothing', request([]), 4],
  ['text', request([text('x'.repeat(40))]), 14],
  ['text of another script, by its bytes', request([text('海'.repeat(8))]), 10],
  ['a picture, whatever its size in base64', request([picture]), 1504],
  ['a tool', request([], [{ type: 'function', name: 'f', description: 'd'.repeat(40) }]), 27],
  ['a call', request([{ type: 'tool-call', id: 'i', name: 'f', arguments: '{"a":1}' }]), 6],
  ['what a tool said', request([{ type: 'tool-result', callId: 'i', content: [text('x'.repeat(8))] }]), 6],
])('%s', (_title, given, tokens) => expect(estimateTokens(given)).toBe(tokens))
