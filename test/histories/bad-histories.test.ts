// Histories that are huge, malformed or hostile: a 400 that names the place, or a repaired history, in bounded time.
import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors.ts'
import { pairCalls } from '../../src/formats/history/pair-calls.ts'
import type { Message } from '../../src/chat/request.ts'
import { clients, encode, others } from './encode.ts'

const user = { role: 'user', content: 'Go on.' }
const func = (name: string) => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: {} },
  strict: false,
})
const responses = (...input: unknown[]) => ({ model: 'm', tools: [func('ls')], input })
const claude = (...messages: unknown[]) => ({ model: 'm', max_tokens: 10, messages })
const chat = (...messages: unknown[]) => ({ model: 'm', messages })
const google = (...contents: unknown[]) => ({ contents })
const userTurn = { role: 'user', parts: [{ text: 'Go on.' }] }

type Client = (typeof clients)[number]
const MALFORMED: readonly (readonly [client: Client, what: string, request: object, place: string])[] = [
  ['openai-responses', 'an item that is no object', responses(user, null), 'input[1]'],
  ['openai-responses', 'an item without a type', responses({}), 'input[0]'],
  ['openai-responses', 'a type that is no string', responses({ type: 1 }), 'input[0].type'],
  [
    'openai-responses',
    'a call without a name',
    responses(user, { type: 'function_call', call_id: 'c', arguments: '{}' }),
    'input[1].name',
  ],
  [
    'openai-responses',
    'an output without an id',
    responses(user, { type: 'function_call_output', output: '' }),
    'input[1].call_id',
  ],
  [
    'openai-responses',
    'arguments that are a number',
    responses(user, { type: 'function_call', call_id: 'c', name: 'n', arguments: 1 }),
    'input[1].arguments',
  ],
  [
    'openai-responses',
    'a namespace whose tool has no name',
    { model: 'm', input: 'x', tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function' }] }, func('ls')] },
    'tools[0].tools[0].name',
  ],
  [
    'openai-responses',
    'a namespace whose tool is a text',
    { model: 'm', input: 'x', tools: [{ type: 'namespace', name: 'n', tools: ['x'] }] },
    'tools[0].tools[0]',
  ],
  [
    'openai-chat',
    'a call that is no object',
    chat(user, { role: 'assistant', tool_calls: ['x'] }),
    'messages[1].tool_calls[0]',
  ],
  ['openai-chat', 'a result without an id', chat(user, { role: 'tool', content: 'x' }), 'messages[1].tool_call_id'],
  ['openai-chat', 'an unknown role', chat(user, { role: 'robot', content: 'x' }), 'messages[1].role'],
  ['anthropic', 'a block without a type', claude({ role: 'user', content: [{}] }), 'messages[0].content[0].type'],
  [
    'anthropic',
    'a result without an id',
    claude({ role: 'user', content: [{ type: 'tool_result' }] }),
    'messages[0].content[0].tool_use_id',
  ],
  [
    'anthropic',
    'an input that is a list',
    claude(user, { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'n', input: [] }] }),
    'messages[1].content[0].input',
  ],
  ['gemini', 'a part that is a text', google({ role: 'user', parts: ['x'] }), 'contents[0].parts[0]'],
  [
    'gemini',
    'a call without a name',
    google(userTurn, { role: 'model', parts: [{ functionCall: {} }] }),
    'contents[1].parts[0].functionCall.name',
  ],
]

describe.each(MALFORMED)('%s: %s', (client, _what, request, place) => {
  test.each(others(client))('is a 400 that names it, for %s', (upstream) => {
    let thrown: unknown
    try {
      encode(client, upstream, request)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(GatewayError)
    expect((thrown as GatewayError).code).toMatch(/^(?:invalid_request|unsupported_parameter)$/)
    expect((thrown as GatewayError).message).toContain(place)
  })
})

/** Items that look like tools, calls and outputs, but are not. */
const ODD: readonly object[] = [
  { type: 'custom_tool_call' },
  { type: 'custom_tool_call', call_id: 'a', name: 'n', input: { a: 1 } },
  { type: 'custom_tool_call', call_id: 1, name: [], input: null },
  { type: 'custom_tool_call_output', call_id: 'a', output: [{ type: 'future' }, null] },
  { type: 'custom_tool_call_output', call_id: {}, output: 'x' },
  { type: 'image_generation_call', id: 'i', result: 1 },
  { type: 'agent_message' },
  { type: 'agent_message', content: [null, { type: 'input_text', text: 1 }] },
  { type: 'additional_tools', tools: [null, 1, { type: 'function' }, { type: 'namespace', name: 'x', tools: {} }] },
  { type: 'tool_search_output', call_id: 'x', tools: 'none' },
  { type: 'local_shell_call', call_id: 'x', action: null },
  { type: 'local_shell_call_output', call_id: 'x', output: null },
  { type: '_output', call_id: 'x' },
  { type: '__proto___call', call_id: 'x' },
]

describe.each(others('openai-responses'))('odd items are left out or become text for %s', (upstream) => {
  test.each(ODD.map((item) => [JSON.stringify(item), item] as const))('%s', (_title, item) => {
    expect(encode('openai-responses', upstream, responses(user, item, user)).violations).toEqual([])
  })
})

test('odd tools of a namespace are no tools', () => {
  for (const tools of [undefined, null, {}, []])
    expect(
      encode('openai-responses', 'anthropic', {
        model: 'm',
        input: 'x',
        tools: [{ type: 'namespace', name: 'n', tools }, func('ls')],
      }).violations,
    ).toEqual([])
})

test('names that collide when they are flattened stay different', () => {
  const tools = [
    func('a__b'),
    { type: 'namespace', name: 'a', description: '', tools: [func('b')] },
    { type: 'namespace', name: 'a__', description: '', tools: [func('b')] },
    { type: 'namespace', name: 'a.b', description: '', tools: [func('c')] },
    { type: 'custom', name: 'a__b_2' },
  ]
  const { body, names, violations } = encode('openai-responses', 'openai-chat', { model: 'm', input: 'x', tools })
  expect(violations).toEqual([])
  const sent = (body['tools'] as { function: { name: string } }[]).map(({ function: { name } }) => name)
  expect(new Set(sent).size).toBe(5)
  const known = sent.map((name) => names.get(name) ?? { name })
  expect(known).toEqual([
    { name: 'a__b' },
    { name: 'b', namespace: 'a' },
    { name: 'b', namespace: 'a__' },
    { name: 'c', namespace: 'a.b' },
    { name: 'a__b_2', isFreeform: true },
  ])
})

describe('large histories', () => {
  const calls = (count: number, id: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => [
      { type: 'function_call', call_id: id(at), name: 'ls', arguments: '{}' },
      { type: 'function_call_output', call_id: id(at), output: 'x' },
    ]).flat()

  test.each([
    ['10,000 items', responses(user, ...calls(5000, String), user)],
    ['10,000 items with one id', responses(user, ...calls(5000, () => 'x'), user)],
    [
      '10,000 calls without results',
      responses(user, ...calls(10_000, String).filter(({ type }) => type === 'function_call'), user),
    ],
    [
      '10,000 results without calls',
      responses(user, ...calls(10_000, String).filter(({ type }) => type !== 'function_call'), user),
    ],
    [
      '1,000 tools',
      {
        model: 'm',
        input: 'x',
        tools: Array.from({ length: 1000 }, (_, at) => ({
          type: 'namespace',
          name: `n${at}`,
          description: '',
          tools: [func('ls')],
        })),
      },
    ],
    [
      'one turn of 200,000 parts',
      {
        ...responses({
          role: 'user',
          content: Array.from({ length: 200_000 }, () => ({ type: 'input_text', text: 'x' })),
        }),
      },
    ],
  ])('%s pass', (_title, request) => {
    for (const upstream of ['openai-chat', 'anthropic', 'gemini'] as const)
      expect(() => encode('openai-responses', upstream, request)).not.toThrow()
  })

  test('calls are paired in a number of steps that grows with their number', () => {
    const steps = (count: number): number => {
      let reads = 0
      const counted = <Part extends object>(part: Part): Part =>
        new Proxy(part, { get: (target, key) => (reads++, Reflect.get(target, key)) })
      const call = { type: 'tool-call', id: 'x', name: 'ls', arguments: '{}' } as const
      const result = { type: 'tool-result', callId: 'x', content: [] } as const
      const messages: Message[] = [
        { role: 'assistant', parts: Array.from({ length: count }, () => counted(call)) },
        { role: 'tool', parts: Array.from({ length: count }, () => counted(result)) },
      ]
      expect(pairCalls(messages).results.size).toBe(count)
      return reads
    }
    expect(steps(3000)).toBe(10 * steps(300))
  })
})
