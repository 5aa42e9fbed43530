import { describe, expect, test } from 'bun:test'
import { StreamFold } from './fold-stream.ts'

const chunk = (delta: unknown, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, ...more }] })}\n\n`

function fold(...events: string[]) {
  const folded = new StreamFold()
  for (const event of events) folded.push(Buffer.from(event))
  const { text, tokens, isPlain, hasFinished } = folded
  return { text, tokens, isPlain, hasFinished }
}

const PLAIN = { text: 'Hello', tokens: 2, isPlain: true, hasFinished: false }
const hello = [chunk({ role: 'assistant', content: '' }), chunk({ content: 'Hel' }), chunk({ content: 'lo' })]

describe('a stream can be resumed after', () => {
  test.each([
    ['text', hello],
    ['text with comments and other fields', [...hello, ': ping\n\n', 'event: x\nid: 1\n\n']],
    ['text with other line ends', hello.map((event) => event.replaceAll('\n', '\r\n'))],
    ['text without the space after the colon', hello.map((event) => event.replace('data: ', 'data:'))],
    ['text with empty fields', [...hello, chunk({ reasoning: null, tool_calls: [] }, { logprobs: null })]],
  ])('%s', (_title, events) => expect(fold(...events)).toEqual(PLAIN))
})

describe('a stream cannot be resumed, and its text is dropped, after', () => {
  test.each([
    ['a tool call', chunk({ tool_calls: [{ index: 0 }] })],
    ['reasoning', chunk({ reasoning_content: 'hm' })],
    ['a second choice', chunk({ content: 'a' }, { index: 1 })],
    ['log probabilities', chunk({ content: 'a' }, { logprobs: { content: [] } })],
    ['an incomplete chunk', 'data: {"id":\n\n'],
    ['choices that are not a list', 'data: {"choices":{}}\n\n'],
    ['a choice that is null', 'data: {"choices":[null]}\n\n'],
    ['more text than any context window holds', chunk({ content: 'x'.repeat(4 * 1024 * 1024) })],
  ])('%s', (_title, event) => expect(fold(...hello, event)).toMatchObject({ text: '', isPlain: false }))
})

test('a finished stream is recognized', () =>
  expect(fold(...hello, chunk({}, { finish_reason: 'stop' })).hasFinished).toBe(true))
