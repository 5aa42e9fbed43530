import { afterAll, describe, expect, test } from 'bun:test'
import { createSimServer } from '../server.ts'
import { readScripts } from './script.ts'

const scripts = readScripts([
  {
    when: 'write the poem',
    turns: [
      {
        reasoning: 'First look.',
        text: 'I look.',
        calls: [
          { name: 'read', arguments: { path: 'a' } },
          { name: 'mcp__*__list', id: 'ls:0' },
        ],
      },
      { calls: [{ name: 'read', arguments: '{"path":' }] },
      { text: 'Done.' },
    ],
  },
  { when: 'and then', turns: [{ text: 'Nothing more.' }] },
])

const server = await createSimServer({ speed: 0, scripts })
afterAll(() => server.stop())

const tool = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
})
const tools = [tool('read'), tool('mcp__files__list')]
const asked = { role: 'user', content: 'Please write the poem.' }
const called = {
  role: 'assistant',
  tool_calls: [{ id: 'x', type: 'function', function: { name: 'read', arguments: '{}' } }],
}
const result = { role: 'tool', tool_call_id: 'x', content: 'words' }

const send = async (messages: object[], more: object = { tools }) => {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ messages, ...more }),
  })
  return response
}

const messageOf = async (messages: object[], more?: object) =>
  (
    (await (await send(messages, more)).json()) as {
      choices: { message: Record<string, unknown>; finish_reason: string }[]
    }
  ).choices[0]!

test('a turn has reasoning, text and calls; names may be patterns, ids may be given', async () => {
  expect(await messageOf([asked])).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      reasoning_content: 'First look.',
      content: 'I look.',
      tool_calls: [
        { function: { name: 'read', arguments: '{"path":"a"}' } },
        { id: 'ls:0', function: { name: 'mcp__files__list', arguments: '{}' } },
      ],
    },
  })
})

test('the same turn as a stream', async () => {
  const events = await (await send([asked], { tools, stream: true })).text()
  expect(events).toContain('"reasoning_content":"First')
  expect(events).toContain('"id":"ls:0"')
  expect(events).toContain('"finish_reason":"tool_calls"')
})

test.each([
  [
    'the second turn, whose arguments are cut off',
    [asked, called, result],
    { tool_calls: [{ function: { arguments: '{"path":' } }] },
  ],
  [
    'neighboring messages of the assistant are one turn',
    [asked, { role: 'assistant', content: 'I' }, called, result],
    { tool_calls: [{ function: { name: 'read' } }] },
  ],
  ['the last turn', [asked, called, result, called, result], { content: 'Done.', tool_calls: [] }],
  [
    'a later user message begins another script',
    [asked, called, result, { role: 'user', content: 'and then?' }],
    { content: 'Nothing more.' },
  ],
])('%s', async (_title, messages, message) => expect((await messageOf(messages)).message).toMatchObject(message))

test.each([
  ['no script begins', [{ role: 'user', content: 'Hello.' }], { tools }],
  [
    'the script is over',
    [
      asked,
      called,
      result,
      called,
      result,
      { role: 'assistant', content: 'Done.' },
      { role: 'user', content: 'Thanks.' },
    ],
    { tools },
  ],
  ['a request beside the conversation, without tools', [asked], {}],
])('%s: the model responds as usual', async (_title, messages, more) => {
  const { message, finish_reason: finish } = await messageOf(messages, more)
  expect([finish, message['content']]).toEqual(['stop', expect.stringMatching(/^(?!Done|Nothing|I look).+/)])
})

test('a tool that is not offered is a 400 that names those that are', async () => {
  const response = await send([asked], { tools: [tool('read')] })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('The script calls mcp__*__list; offered: read.')
})

describe('a script that cannot be read names the place', () => {
  test.each([
    [5, 'script[0].when must be a text'],
    [{ when: '', turns: [] }, 'script[0].when must be a text'],
    [[{ when: 'a', turns: [] }], 'script[0].turns must be a list'],
    [{ when: 'a', turns: [{}] }, 'script[0].turns[0] needs reasoning, text or calls'],
    [{ when: 'a', turns: [{ text: 5 }] }, 'script[0].turns[0]: reasoning and text must be texts'],
    [{ when: 'a', turns: [{ calls: {} }] }, 'script[0].turns[0].calls must be a list'],
    [{ when: 'a', turns: [{ calls: [{ name: 5 }] }] }, 'script[0].turns[0].calls[0].name must be a text'],
    [
      { when: 'a', turns: [{ calls: [{ name: 'a', arguments: [] }] }] },
      'script[0].turns[0].calls[0].arguments must be',
    ],
    [{ when: 'a', turns: [{ calls: [{ name: 'a', id: 5 }] }] }, 'script[0].turns[0].calls[0].id must be a text'],
  ])('%j', (value, message) => expect(() => readScripts(value)).toThrow(message))
})
