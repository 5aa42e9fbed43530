import { describe, expect, test } from 'bun:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expectedAnswers } from '../expected.ts'

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 9 } },
  required: ['city', 'days'],
  additionalProperties: false,
}
const tool = (name: string) => ({ type: 'function', function: { name, parameters: schema } })
const tools = [tool('get_weather'), tool('find_hotel')]
const user = (content: unknown) => ({ role: 'user', content })
const result = { role: 'tool', tool_call_id: 'x', content: '12 degrees' }
const called = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'x', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
}

const only = (body: object) => expectedAnswers(body as Record<string, unknown>)[0]!
const named = { type: 'function', function: { name: 'find_hotel' } }

test.each([
  ['no tool is mentioned', { messages: [user('hello')], tools }, []],
  ['the user mentions one', { messages: [user('please get_weather in Rome')], tools }, ['get_weather']],
  ['with spaces and hyphens', { messages: [user('Get weather now, and find-hotel')], tools }, ['get_weather']],
  ['the user mentions two', { messages: [user('find_hotel, then get_weather')], tools }, ['get_weather', 'find_hotel']],
  [
    'two, but one at a time',
    { messages: [user('find_hotel get_weather')], tools, parallel_tool_calls: false },
    ['get_weather'],
  ],
  ['in a part', { messages: [user([{ type: 'text', text: 'find_hotel' }])], tools }, ['find_hotel']],
  ['only earlier', { messages: [user('get_weather'), called, result], tools }, []],
  ['again, after a result', { messages: [user('x'), called, result, user('get_weather')], tools }, ['get_weather']],
  ['one is required', { messages: [user('hello')], tools, tool_choice: 'required' }, ['get_weather']],
  ['required, and mentioned', { messages: [user('find_hotel')], tools, tool_choice: 'required' }, ['find_hotel']],
  ['one is named', { messages: [user('get_weather')], tools, tool_choice: named }, ['find_hotel']],
  ['none may be called', { messages: [user('get_weather')], tools, tool_choice: 'none' }, []],
])('the called tools: %s', (_, body, names) => {
  const answer = only(body)
  expect(answer.calls.map(({ name }) => name)).toEqual(names)
  expect([answer.finishReason, answer.text === '']).toEqual(names.length > 0 ? ['tool_calls', true] : ['stop', false])
  const validate = new Ajv2020().compile(schema)
  expect(answer.calls.every((call) => validate(JSON.parse(call.arguments)))).toBe(true)
})

test('a tool without parameters is called with an empty object', () => {
  const bare = [{ type: 'function', function: { name: 'ping' } }]
  expect(only({ messages: [user('ping')], tools: bare }).calls).toEqual([{ name: 'ping', arguments: '{}' }])
})

test('the token limit cuts arguments', () => {
  const answer = only({ messages: [user('get_weather')], tools, max_tokens: 3 })
  expect([answer.finishReason, answer.completionTokens]).toEqual(['length', 3])
  expect(() => JSON.parse(answer.calls[0]!.arguments)).toThrow()
})

test.each([
  ['json_schema', { response_format: { type: 'json_schema', json_schema: { name: 'trip', schema } } }],
  ['structured_outputs', { structured_outputs: { json: schema } }],
  ['guided_json', { guided_json: schema }],
])('the response to %s matches the schema and depends on the seed', (_, body) => {
  const texts = [1, 2].map((seed) => only({ messages: [user('Where to?')], seed, ...body }).text)
  expect(new Ajv2020().compile(schema)(JSON.parse(texts[0]!))).toBe(true)
  expect(texts[0]).not.toBe(texts[1]!)
})

test('the response to json_object is an object', () => {
  const { text } = only({ messages: [user('x')], response_format: { type: 'json_object' } })
  expect(JSON.parse(text)).toHaveProperty('answer')
})

test('a partial JSON answer is continued to the same JSON', () => {
  const body = { messages: [user('x')], response_format: { type: 'json_object' } }
  const { text } = only(body)
  const messages = [user('x'), { role: 'assistant', content: text.slice(0, 20) }]
  const rest = only({ ...body, messages, continue_final_message: true, add_generation_prompt: false })
  expect(text.slice(0, 20) + rest.text).toBe(text)
})

test.each([
  [{ messages: [user('x')], tool_choice: 'required' }, 'tools` must be set'],
  [
    { messages: [user('x')], tools, tool_choice: { type: 'function', function: { name: 'fly' } } },
    'tool_choice must be',
  ],
  [{ messages: [user('x')], tools: [{ type: 'function' }] }, 'tools[0]'],
  [{ messages: [user('x')], response_format: { type: 'xml' } }, 'response_format.type'],
  [{ messages: [user('x')], response_format: { type: 'json_schema' } }, 'json_schema.schema'],
  [{ messages: [user('x')], continue_final_message: true }, 'Cannot set both'],
  [{ messages: [user([{ text: 'no type' }])] }, 'messages[0]'],
])('%j is rejected', (body, message) => {
  expect(() => only(body)).toThrow(message)
})

test('text parts count as one text, and tools do not change the response text', () => {
  const textOf = (body: object) => only(body).text
  const plain = textOf({ messages: [user('a\nb')] })
  expect(
    textOf({
      messages: [
        user([
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ]),
      ],
    }),
  ).toBe(plain)
  expect(textOf({ messages: [user('a\nb')], tools })).toBe(plain)
  expect(textOf({ messages: [user('a\nb'), called, result] })).not.toBe(
    textOf({ messages: [user('a\nb'), { ...called, tool_calls: [] }, result] }),
  )
  expect(textOf({ messages: [{ role: 'system', content: 's' }, user('a\nb')] })).not.toBe(plain)
})

describe('reasoning', () => {
  const respond = (fields: object) => only({ messages: [user('x')], ...fields })
  const plain = respond({})

  test.each<[string, object, boolean]>([
    ['it is not requested', {}, false],
    ['with an effort', { reasoning_effort: 'low' }, true],
    ['with none', { reasoning_effort: 'none' }, false],
    ['by the template', { chat_template_kwargs: { enable_thinking: true } }, true],
  ])('%s', (_title, fields, thinks) => {
    const answer = respond(fields)
    expect(answer.reasoning !== '').toBe(thinks)
    expect(answer.text).toBe(plain.text)
    expect(answer.completionTokens > plain.completionTokens).toBe(thinks)
  })

  test('more effort gives more reasoning, with the same beginning', () => {
    const [low, high] = [
      respond({ reasoning_effort: 'low' }).reasoning,
      respond({ reasoning_effort: 'high' }).reasoning,
    ]
    expect(high.startsWith(low) && high.length > low.length).toBe(true)
  })

  test('it counts towards the token limit', () =>
    expect(respond({ reasoning_effort: 'max', max_tokens: 5 })).toMatchObject({
      text: '',
      completionTokens: 5,
      finishReason: 'length',
    }))

  test('an unknown effort is rejected', () =>
    expect(() => respond({ reasoning_effort: 'huge' })).toThrow('reasoning_effort'))
})
