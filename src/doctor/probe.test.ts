import { expect, test } from 'bun:test'
import type { FinishReason } from '../chat/finish.ts'
import type { AnswerPart } from '../chat/response.ts'
import { ALL } from './probe.ts'

const call = (name: string, args: string): AnswerPart => ({ type: 'tool-call', id: 'a', name, arguments: args })
const text = (said: string): AnswerPart => ({ type: 'text', text: said })
const ROME = call('get_weather', '{"city":"Rome"}')

test.each<[string, AnswerPart[], FinishReason, string | undefined]>([
  ['text', [text('Hi.')], 'stop', undefined],
  ['text', [text(' ')], 'stop', 'no text'],
  ['text', [], 'length', undefined],
  ['tool call', [ROME], 'tool-calls', undefined],
  ['tool call', [ROME], 'stop', 'does not end for the call'],
  ['tool call', [text('Sunny.')], 'stop', 'was not called'],
  ['tool call', [call('weather', '{}')], 'tool-calls', 'not there: "weather"'],
  ['tool call', [call('get_weather', '{}')], 'tool-calls', 'arguments'],
  ['tool call', [call('get_weather', '{"ci')], 'length', undefined],
  ['structured output', [text('{"capital":"Paris","country":"France"}')], 'stop', undefined],
  ['structured output', [text('```json {}```')], 'stop', 'no JSON'],
  ['structured output', [text('null')], 'stop', 'no JSON'],
])('%s: %j, %s: %p', (name, parts, reason, wrong) => {
  const { judge } = ALL.find((probe) => probe.name === name)!
  const verdict = judge({ format: 'openai-chat', choices: [{ parts, finish: { reason } }] })
  if (wrong === undefined) expect(verdict).toBeUndefined()
  else expect(verdict).toContain(wrong)
})
