import { expect, test } from 'bun:test'
import { isPreamble } from './first-event.ts'

test.each<[string, boolean, object | string]>([
  ['a role', true, { choices: [{ delta: { role: 'assistant', content: '' } }] }],
  ['no choices', true, { choices: [], prompt_filter_results: [] }],
  ['empty fields', true, { choices: [{ delta: { content: null, tool_calls: [] } }] }],
  ['text', false, { choices: [{ delta: { content: 'a' } }] }],
  ['text of a completion', false, { choices: [{ text: '' }] }],
  ['a finish', false, { choices: [{ delta: {}, finish_reason: 'stop' }] }],
  ['a choice without delta', false, { choices: [{ index: 0 }] }],
  ['a choice whose delta is null', false, { choices: [{ delta: null }] }],
  ['a choice that is null', false, { choices: [null] }],
  ['choices that are not a list', false, { choices: {} }],
  ['an error', false, { error: { message: 'no' } }],
  ['[DONE]', false, '[DONE]'],
  ['null', false, 'null'],
])('%s comes before any content: %p', (_title, expected, data) =>
  expect(isPreamble(typeof data === 'string' ? data : JSON.stringify(data))).toBe(expected),
)
