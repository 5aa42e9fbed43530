import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { StreamWatch } from './stream-watch.ts'
import { runs } from '../../test/runs.ts'

function watch(...pieces: readonly (string | Uint8Array)[]) {
  const watch = new StreamWatch()
  for (const piece of pieces) watch.feed(Buffer.from(piece))
  return watch.progress
}

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
const chat = (delta: object, finish_reason: string | null = null) => event({ choices: [{ delta, finish_reason }] })

test.each([
  ['a chat delta', chat({ content: 'hi' }), { chunks: 1, finished: false }],
  ['a role without text', chat({ role: 'assistant', content: '' }), { chunks: 0 }],
  ['reasoning', chat({ reasoning_content: 'hm' }), { chunks: 1 }],
  ['a tool call', chat({ tool_calls: [{ index: 0 }] }), { chunks: 1 }],
  ['a finish reason', chat({}, 'stop'), { chunks: 0, finished: true }],
  ['the done marker', 'data: [DONE]\n\n', { finished: true }],
  ['a usage chunk', event({ choices: [], usage: { prompt_tokens: 1 } }), { chunks: 0, finished: false }],
  ['a completion', event({ choices: [{ text: 'x', finish_reason: null }] }), { chunks: 1 }],
  ['an OpenAI error', event({ error: { message: 'gone' } }), { error: '{"error":{"message":"gone"}}' }],
  ['an Anthropic delta', `event: content_block_delta\n${event({ type: 'content_block_delta' })}`, { chunks: 1 }],
  ['an Anthropic end', event({ type: 'message_stop' }), { finished: true }],
  ['an Anthropic error', event({ type: 'error', error: { type: 'overloaded_error' } }), { error: expect.any(String) }],
  ['a response delta', event({ type: 'response.output_text.delta' }), { chunks: 1 }],
  ['a response end', event({ type: 'response.completed' }), { finished: true }],
  [
    'a Gemini part',
    event({ candidates: [{ content: { parts: [{ text: 'a' }] }, finishReason: 'STOP' }] }),
    { chunks: 1, finished: true },
  ],
  ['a comment', ': keep-alive\n\n', { chunks: 0, finished: false }],
  ['invalid JSON', 'data: hello\n\n', { chunks: 0, finished: false, error: undefined }],
  ['lines ended by CR LF', 'data: {"choices":[{"text":"x"}]}\r\n\r\n', { chunks: 1 }],
  ['data over two lines', 'data: {"choices":\ndata: [{"text":"x"}]}\n\n', { chunks: 1 }],
  ['an incomplete event', 'data: [DONE]\n', { finished: false }],
])('%s is recognised', (_title, text, expected) => {
  expect(watch(text)).toMatchObject(expected)
})

test('any split of the bytes gives the same progress', () => {
  const text = fc.array(fc.constantFrom(chat({ content: 'π…😀' }), ': x\n\n', chat({}, 'stop'), 'data: [DONE]\r\n\r\n'))
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 10 }), (events, cuts) => {
      const bytes = Buffer.from(events.join(''))
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
      expect(watch(...at.slice(1).map((end, index) => bytes.subarray(at[index], end)))).toEqual(watch(bytes))
    }),
    runs(),
  )
})

test('feeding returns how many chunks these bytes completed', () => {
  const stream = new StreamWatch()
  expect(stream.feed(Buffer.from(chat({ content: 'a' }) + chat({ content: 'b' })))).toBe(2)
  expect(stream.feed(Buffer.from('data: {"choices":[{"te'))).toBe(0)
  expect(stream.feed(Buffer.from('xt":"c"}]}\n\n'))).toBe(1)
})
