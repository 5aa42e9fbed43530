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
const text = (content: string) => ({ type: 'text', text: content }) as const
const picture: Part = { type: 'media', kind: 'image', source: { type: 'base64', data: 'A'.repeat(100_000) } }

test.each<[string, ChatRequest, number]>([
  ['an empty message', request([]), 4],
  ['text', request([text('x'.repeat(40))]), 14],
  ['text in a non-Latin script, by its bytes', request([text('海'.repeat(8))]), 10],
  ['an image, whatever its size in base64', request([picture]), 1504],
  ['a tool', request([], [{ type: 'function', name: 'f', description: 'd'.repeat(40) }]), 27],
  ['a tool call', request([{ type: 'tool-call', id: 'i', name: 'f', arguments: '{"a":1}' }]), 6],
  ['a tool result', request([{ type: 'tool-result', callId: 'i', content: [text('x'.repeat(8))] }]), 6],
])('estimates the tokens of %s', (_title, given, tokens) => expect(estimateTokens(given)).toBe(tokens))
