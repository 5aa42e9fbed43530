import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Part } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import { fitToolIds, MISTRAL_IDS, OPENAI_IDS } from './tool-ids.ts'
import { runs } from '../../../test/runs.ts'

const call = (id: string): Part => ({ type: 'tool-call', id, name: 'f', arguments: '{}' })
const result = (callId: string): Part => ({ type: 'tool-result', callId, content: [] })
const request = (...messages: Part[][]): ChatRequest => ({
  format: 'openai-chat',
  model: 'm',
  messages: messages.map((parts) => ({ role: 'assistant', parts })),
  tools: [],
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: false,
})

const idsOf = ({ messages }: ChatRequest): string[] =>
  messages.flatMap(({ parts }) =>
    parts.map((part) => {
      if (part.type === 'tool-call') return part.id
      if (part.type === 'tool-result') return part.callId
      return part.type === 'native' ? (part.value as { id: string }).id : ''
    }),
  )

test('a request with valid ids is returned unchanged', () => {
  const given = request([call('call_1')], [result('call_1')])
  expect(fitToolIds(given, OPENAI_IDS)).toBe(given)
})

test('a call and its result have the same id, also if the id is too long for OpenAI', () => {
  const long = `call_${'x'.repeat(60)}`
  const [called, answered] = idsOf(fitToolIds(request([call(long)], [result(long)]), OPENAI_IDS))
  expect(called).toBe(answered!)
  expect(called).toMatch(/^[a-zA-Z0-9]{24}$/)
})

test('the call of a native tool keeps its result', () => {
  const custom: Part = { type: 'native', format: 'openai-chat', kind: 'custom', value: { id: 'call:1', custom: {} } }
  const [called, answered] = idsOf(fitToolIds(request([custom], [result('call:1')]), MISTRAL_IDS))
  expect(called).toBe(answered!)
  expect(called).toMatch(MISTRAL_IDS.pattern)
})

describe('for any history', () => {
  const ids = fc.array(fc.oneof(fc.string(), fc.constantFrom('call_1', 'abcdefgh1', 'a'.repeat(50))), { maxLength: 12 })

  test.each([
    ['OpenAI', OPENAI_IDS],
    ['Mistral', MISTRAL_IDS],
  ])('all ids are valid for %s, equal ids stay equal and different ids different', (_name, rule) =>
    fc.assert(
      fc.property(ids, (given) => {
        const made = idsOf(fitToolIds(request(given.map(call), given.map(result)), rule))
        for (const id of made) expect(id).toMatch(rule.pattern)
        expect(made.slice(given.length)).toEqual(made.slice(0, given.length))
        expect(new Set(made).size).toBe(new Set(given).size)
      }),
      runs(),
    ),
  )

  test('a longer history has the same ids in its common part', () =>
    fc.assert(
      fc.property(ids, ids, (given, more) => {
        const before = idsOf(fitToolIds(request(given.map(call)), MISTRAL_IDS))
        const after = idsOf(fitToolIds(request(given.map(call), more.map(call)), MISTRAL_IDS))
        expect(after.slice(0, before.length)).toEqual(before)
      }),
      runs(),
    ))
})
