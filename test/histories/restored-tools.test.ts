// Tools with free text and tools in namespaces: the model calls plain functions, the client gets its own calls.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent } from '../../src/chat/event.ts'
import { unfold } from '../../src/chat/unfold.ts'
import type { ChatResponse } from '../../src/chat/response.ts'
import { uniqueCallIds } from '../../src/formats/history/unique-call-ids.ts'
import { FreeformInput, textIn } from '../../src/formats/translation/freeform-input.ts'
import { Losses } from '../../src/formats/translation/losses.ts'
import { restoreTools } from '../../src/formats/translation/restore-tools.ts'
import { answerFacts, bytesOf, testedFormat } from '../formats/tested-formats.ts'
import { framesOf } from '../stream-events.ts'
import { runs } from '../runs.ts'
import { encode } from './encode.ts'
import type { JsonObject } from '../../src/codecs/json/object.ts'

const PATCH = '*** Begin Patch\n*** Update "ä\\b" 🌊\n\t+\u0001\n*** End Patch'
const responsesTools = [
  { type: 'custom', name: 'apply_patch' },
  {
    type: 'namespace',
    name: 'mcp__docs',
    description: 'Docs.',
    tools: [
      { type: 'function', name: 'search', parameters: {}, strict: false },
      { type: 'custom', name: 'note' },
    ],
  },
]
const search = {
  type: 'tool_search',
  execution: 'client',
  description: 'Finds tools.',
  parameters: { type: 'object', properties: {} },
}
const chatTools = [{ type: 'custom', custom: { name: 'apply_patch' } }]
const request = (client: string) =>
  client === 'openai-chat'
    ? { model: 'm', messages: [{ role: 'user', content: 'Go.' }], tools: chatTools }
    : { model: 'm', input: 'Go.', tools: [...responsesTools, search] }

/** A response of the upstream with calls of the names that were sent to it. */
const answerWith = (...calls: readonly (readonly [name: string, args: string])[]): ChatResponse => ({
  format: 'anthropic',
  choices: [
    {
      parts: calls.map(([name, args], at) => ({ type: 'tool-call', id: `c${at}`, name, arguments: args })),
      finish: { reason: 'tool-calls' },
    },
  ],
})

function whole(client: string, answer: ChatResponse): JsonObject {
  const { names } = encode(client, 'anthropic', request(client))
  return testedFormat(client).format.encodeResponse(
    restoreTools(names).response(answer),
    answerFacts(client),
    new Losses(),
  ) as JsonObject
}

/** Every delta one character. */
const inPieces = (answer: ChatResponse): ChatEvent[] =>
  [...unfold(answer)].flatMap((event): ChatEvent[] =>
    event.type === 'part-delta' ? [...event.text].map((text) => Object.assign({}, event, { text })) : [event],
  )

function streamed(client: string, answer: ChatResponse): JsonObject[] {
  const { names } = encode(client, 'anthropic', request(client))
  const { format, checkStream } = testedFormat(client)
  const [decorator, encoder] = [restoreTools(names), format.createEncoder(answerFacts(client), new Losses())]
  let text = ''
  for (const event of inPieces(answer)) for (const next of decorator.events([event])) text += encoder.push(next)
  const frames = framesOf(format, [bytesOf(format, text + encoder.end())])
  expect(checkStream(frames)).toEqual([])
  return frames.filter(({ data }) => data !== '[DONE]').map(({ data }) => JSON.parse(data) as JsonObject)
}

const answer = answerWith(
  ['apply_patch', JSON.stringify({ input: PATCH })],
  ['mcp__docs__search', '{"q":1}'],
  ['mcp__docs__note', '{"input":"n"}'],
  ['tool_search', '{"query":"x"}'],
)
const calls = [
  { type: 'custom_tool_call', call_id: 'c0', name: 'apply_patch', input: PATCH },
  { type: 'function_call', call_id: 'c1', namespace: 'mcp__docs', name: 'search', arguments: '{"q":1}' },
  { type: 'custom_tool_call', call_id: 'c2', namespace: 'mcp__docs', name: 'note', input: 'n' },
  { type: 'tool_search_call', call_id: 'c3', execution: 'client', arguments: { query: 'x' } },
].map((call) => Object.assign({}, call, { id: expect.any(String), status: 'completed' }))

describe('a Responses client gets its own calls', () => {
  test('whole', () => expect(whole('openai-responses', answer)['output']).toEqual(calls))

  test('and streamed, as deltas of the text', () => {
    const events = streamed('openai-responses', answer)
    const completed = events.at(-1) as { response: { output: unknown } }
    expect(completed.response.output).toEqual(calls)
    const of = (type: string) => events.filter((event) => event['type'] === type)
    const deltas = of('response.custom_tool_call_input.delta').filter(({ output_index }) => output_index === 0)
    expect(deltas.map(({ delta }) => delta).join('')).toBe(PATCH)
    expect(deltas.length).toBeGreaterThan(10)
    expect(of('response.custom_tool_call_input.done').map(({ input }) => input)).toEqual([PATCH, 'n'])
  })
})

describe('a Chat client gets its own calls', () => {
  const custom = answerWith(['apply_patch', JSON.stringify({ input: PATCH })])

  test('whole', () => {
    const { choices } = whole('openai-chat', custom) as { choices: { message: JsonObject }[] }
    expect(choices[0]!.message['tool_calls']).toEqual([
      { id: 'c0', type: 'custom', custom: { name: 'apply_patch', input: PATCH } },
    ])
  })

  test('and streamed', () => {
    const deltas = streamed('openai-chat', custom).flatMap(
      (chunk) =>
        (chunk as { choices: { delta: { tool_calls?: { custom: { input: string } }[] } }[] }).choices[0]?.delta
          .tool_calls ?? [],
    )
    expect(deltas[0]).toEqual({
      index: 0,
      id: 'c0',
      type: 'custom',
      custom: { name: 'apply_patch', input: '' },
    } as never)
    expect(deltas.map(({ custom: { input } }) => input).join('')).toBe(PATCH)
  })
})

test('long and unusual names are restored too', () => {
  const namespace = `mcp__${'docs.'.repeat(30)}`
  const tools = [
    {
      type: 'namespace',
      name: namespace,
      description: '',
      tools: [{ type: 'function', name: 'search', strict: false }],
    },
  ]
  const { names, body } = encode('openai-responses', 'openai-chat', { model: 'm', input: 'Go.', tools })
  const [sent] = body['tools'] as { function: { name: string } }[]
  expect(sent!.function.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
  expect(restoreTools(names).response(answerWith([sent!.function.name, '{}'])).choices[0]!.parts).toMatchObject([
    { name: 'search', namespace },
  ])
})

describe('free text', () => {
  test.each([
    ['the text itself', 'plain text', 'plain text'],
    ['another field', '{"patch":"x"}', 'x'],
    ['a JSON string', '"x"', 'x'],
    ['no arguments', '', ''],
    ['an empty object', '{}', ''],
    ['several fields', '{"a":"x","b":"y"}', '{"a":"x","b":"y"}'],
    ['the input behind others', '{"a":1,"input":"x"}', 'x'],
    ['half of a character', '{"input":"a\\ud83db"}', 'a\uFFFDb'],
    ['an unknown escape', '{"input":"a\\xb"}', 'a\\xb'],
  ])('is found in arguments that are %s', (_title, text, expected) => {
    const read = (pieces: readonly string[]) => {
      const input = new FreeformInput()
      return pieces.map((piece) => input.push(piece)).join('') + input.end()
    }
    expect(read([text])).toBe(expected)
    expect(read([...text])).toBe(expected)
  })

  test('is the same in any pieces', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), fc.array(fc.nat(7)), (text, escapes, sizes) => {
        const json = JSON.stringify({ input: text })
        const given = escapes
          ? json.replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : json
        const input = new FreeformInput()
        let [read, at] = ['', 0]
        for (const size of sizes) {
          read += input.push(given.slice(at, at + size))
          at += size
        }
        read += input.push(given.slice(at)) + input.end()
        expect(read).toBe(text)
        expect(textIn(given)).toBe(text)
      }),
      runs(),
    ))
})

describe('ids of calls', () => {
  const history = {
    model: 'm',
    messages: [
      { role: 'user', content: 'Go.' },
      { role: 'assistant', tool_calls: [{ id: 'ls:0', type: 'function', function: { name: 'ls', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'ls:0', content: 'x' },
    ],
  }
  const canonical = testedFormat('openai-chat').format.decodeRequest(history, { model: 'm', stream: false })
  const repeated: ChatResponse = {
    format: 'x',
    choices: [
      {
        parts: ['ls:0', 'ls:0', 'ls:1'].map((id) => ({ type: 'tool-call', id, name: 'ls', arguments: '{}' })),
        finish: { reason: 'tool-calls' },
      },
    ],
  }
  const expected = ['ls:0_2', 'ls:0_3', 'ls:1']

  test('are unique in the conversation, whole', () => {
    const { choices } = uniqueCallIds(canonical).response(repeated)
    expect(choices[0]!.parts.map((part) => 'id' in part && part.id)).toEqual(expected)
  })

  test('and streamed', () => {
    const events = uniqueCallIds(canonical).events([...unfold(repeated)])
    expect(
      events.flatMap((event) => (event.type === 'part-start' && 'id' in event.part ? [event.part.id] : [])),
    ).toEqual(expected)
  })

  test('that are unique already stay, and so does the response', () => {
    const unique = answerWith(['ls', '{}'])
    expect(uniqueCallIds(canonical).response(unique)).toBe(unique)
  })
})
