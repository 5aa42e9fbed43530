import { expect, test } from 'bun:test'
import type { FinishReason } from '../chat/finish.ts'
import type { ResponsePart } from '../chat/response.ts'
import { ALL_PROBES } from './probe.ts'

const call = (name: string, args: string): ResponsePart => ({ type: 'tool-call', id: 'a', name, arguments: args })
const text = (content: string): ResponsePart => ({ type: 'text', text: content })
const ROME = call('get_weather', '{"city":"Rome"}')

test.each<[string, ResponsePart[], FinishReason, string | undefined]>([
  ['text', [text('Hi.')], 'stop', undefined],
  ['text', [text(' ')], 'stop', 'no text'],
  ['text', [], 'length', undefined],
  ['tool call', [ROME], 'tool-calls', undefined],
  ['tool call', [ROME], 'stop', 'finish reason'],
  ['tool call', [text('Sunny.')], 'stop', 'did not call the tool'],
  ['tool call', [call('weather', '{}')], 'tool-calls', 'unknown tool: "weather"'],
  ['tool call', [call('get_weather', '{}')], 'tool-calls', 'arguments'],
  ['tool call', [call('get_weather', '{"ci')], 'length', undefined],
  ['structured output', [text('{"capital":"Paris","country":"France"}')], 'stop', undefined],
  ['structured output', [text('```json {}```')], 'stop', 'not JSON'],
  ['structured output', [text('null')], 'stop', 'not JSON'],
])('the probe "%s" judges the parts %j with finish reason %s: %p', (name, parts, reason, wrong) => {
  const { judge } = ALL_PROBES.find((probe) => probe.name === name)!
  const verdict = judge({ format: 'openai-chat', choices: [{ parts, finish: { reason } }] })
  if (wrong === undefined) expect(verdict).toBeUndefined()
  else expect(verdict).toContain(wrong)
})
