import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { fold } from '../../chat/fold.ts'
import type { ChatRequest } from '../../chat/request.ts'
import type { ChatResponse } from '../../chat/response.ts'
import { unfold } from '../../chat/unfold.ts'
import { ANTHROPIC_NAMES, fitToolNames, GEMINI_NAMES, NO_RENAMES, OPENAI_NAMES } from './tool-names.ts'
import { restoreTools } from './restore-tools.ts'
import { runs } from '../../../test/runs.ts'

const requestFor = (names: readonly string[], chosen = names[0]): ChatRequest => ({
  format: 'gemini',
  model: 'm',
  messages: [
    { role: 'assistant', parts: names.map((name, id) => ({ type: 'tool-call', id: `${id}`, name, arguments: '{}' })) },
    { role: 'tool', parts: names.map((name, id) => ({ type: 'tool-result', callId: `${id}`, name, content: [] })) },
  ],
  tools: names.map((name) => ({ type: 'function', name })),
  ...(chosen !== undefined && { toolChoice: { type: 'tool', name: chosen } }),
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: false,
})

const sentNames = ({ tools }: ChatRequest): string[] => tools.map((tool) => (tool.type === 'function' ? tool.name : ''))

const answerFor = (names: readonly string[]): ChatResponse => ({
  format: 'x',
  choices: [
    {
      parts: names.map((name, id) => ({ type: 'tool-call', id: `${id}`, name, arguments: '{}' })),
      finish: { reason: 'tool-calls' },
    },
  ],
})

test('a request with valid names is returned unchanged', () => {
  const given = requestFor(['get_weather'])
  const { request, names } = fitToolNames(given, OPENAI_NAMES)
  expect(request).toBe(given)
  expect(names).toBe(NO_RENAMES)
})

test('an invalid name is replaced by a readable one, everywhere in the request', () => {
  const { request } = fitToolNames(requestFor(['weather.get:now']), OPENAI_NAMES)
  const [name = ''] = sentNames(request)
  expect(name).toMatch(/^t_weather_get_now_[0-9a-f]{8}$/)
  expect(request.toolChoice).toEqual({ type: 'tool', name })
  expect(request.messages.flatMap(({ parts }) => parts.map((part) => 'name' in part && part.name))).toEqual([
    name,
    name,
  ])
})

test('names of a subset are replaced like those of the tools', () => {
  const given: ChatRequest = {
    ...requestFor(['a.b', 'c']),
    toolChoice: { type: 'subset', names: ['a.b'], mustCall: true },
  }
  const { request } = fitToolNames(given, OPENAI_NAMES)
  const [name = ''] = sentNames(request)
  expect(request.toolChoice).toEqual({ type: 'subset', names: [name], mustCall: true })
})

test('a replacement does not take a name that the request uses', () => {
  const [made = ''] = sentNames(fitToolNames(requestFor(['a.b']), OPENAI_NAMES).request)
  const { request } = fitToolNames(requestFor(['a.b', made]), OPENAI_NAMES)
  const names = sentNames(request)
  expect(names[1]).toBe(made)
  expect(names[0]).not.toBe(made)
})

test('a rule that no name can meet throws a RangeError', () =>
  expect(() => fitToolNames(requestFor(['a']), { pattern: /^%$/, maxLength: 1 })).toThrow('no name made of'))

describe('for any names', () => {
  test.each([
    ['OpenAI', OPENAI_NAMES],
    ['Gemini', GEMINI_NAMES],
    ['Anthropic', ANTHROPIC_NAMES],
  ])('they are valid for %s, stay different, and are restored in responses and streams', (_name, rule) =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('a.b', 'a:b', 'a_b', 'x'.repeat(130))), {
          maxLength: 8,
        }),
        (given) => {
          const { request, names } = fitToolNames(requestFor(given), rule)
          const sent = sentNames(request)
          for (const name of sent) expect(name).toMatch(rule.pattern)
          expect(new Set(sent).size).toBe(given.length)
          expect(fitToolNames(requestFor(given), rule).request).toEqual(request)
          const { response, events } = restoreTools(names)
          expect(response(answerFor(sent))).toEqual(answerFor(given))
          const streamed = events([...unfold(answerFor(sent))])
          expect(fold(streamed, 'x')).toEqual(answerFor(given))
        },
      ),
      runs(),
    ),
  )
})
