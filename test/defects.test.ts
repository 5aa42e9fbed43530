// Bugs that other gateways shipped, one test each. The title says what Sluice does instead. Bugs that need more than two
// formats and a page of JSON have a comment with the file that tests them.
import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../src/errors.ts'
import { MISTRAL_IDS, OPENAI_IDS, fitToolIds } from '../src/formats/translation/tool-ids.ts'
import { answerFacts, bytesOf, clientFormatNames, testedFormat } from './formats/tested-formats.ts'
import {
  chat,
  claude,
  converse,
  google,
  translateRequest,
  readEvents,
  translateStream,
  translateResponse,
} from './formats/translate.ts'
import { framesOf } from './stream-events.ts'
import { Losses } from '../src/formats/translation/losses.ts'

const clients = (...but: string[]) => clientFormatNames.filter((name) => !but.includes(name))
const user = { role: 'user', content: 'Hello.' }
const tool = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
})
const claudeTool = (name: string) => ({ name, input_schema: { type: 'object', properties: {} } })
const callPart = (name: string, args: string) => expect.objectContaining({ type: 'tool-call', name, arguments: args })
const textPart = (text: string) => expect.objectContaining({ type: 'text', text })
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='

describe('1: a tool call without arguments has the arguments {}', () => {
  const withoutArguments: readonly (readonly [string, readonly object[]])[] = [
    ['openai-chat', [chat.tool(0, 'call_a', 'ping', ''), chat.end('tool_calls')]],
    ['anthropic', [claude.start(), ...claude.call(0, 'toolu_a', 'ping', ''), ...claude.end('tool_use')]],
    ['gemini', [google.chunk([google.call('ping')], {}, 'STOP')]],
    ['bedrock-converse', [converse.start, ...converse.call(0, 'tooluse_a', 'ping'), ...converse.end('tool_use')]],
  ]
  describe.each(withoutArguments)('from %s', (upstream, events) => {
    test.each(clients(upstream))('to %s', (client) =>
      expect(translateStream(client, upstream, events).parts).toEqual([callPart('ping', '{}')]),
    )
  })

  test.each(clients('anthropic'))('to %s: no {} precedes arguments that follow', (client) => {
    const events = [claude.start(), ...claude.call(0, 'toolu_a', 'f', '', '{"a"', ':1}'), ...claude.end('tool_use')]
    expect(translateStream(client, 'anthropic', events).parts).toEqual([callPart('f', '{"a":1}')])
  })
})

test('2: the first tool call has index 0, also after a text block', () => {
  const events = [
    claude.start(),
    ...claude.text(0, 'So:'),
    ...claude.call(1, 't', 'f', '{}'),
    ...claude.end('tool_use'),
  ]
  const { events: encoded } = translateStream('openai-chat', 'anthropic', events)
  expect(JSON.stringify(encoded)).toContain('"tool_calls":[{"index":0,')
  expect(JSON.stringify(encoded)).not.toContain('"tool_calls":[{"index":1,')
})

describe('3: parallel tool calls of Gemini, which have no index, stay separate', () => {
  const calls = [google.call('f', { a: 1 }), google.call('f', { a: 2 })]
  test.each(clients('gemini'))('to %s, in one chunk and in two chunks', (client) => {
    const one = [google.chunk(calls, {}, 'STOP')]
    const two = [google.chunk(calls.slice(0, 1)), google.chunk(calls.slice(1), {}, 'STOP')]
    for (const events of [one, two])
      expect(translateStream(client, 'gemini', events).parts).toEqual([
        callPart('f', '{"a":1}'),
        callPart('f', '{"a":2}'),
      ])
  })
})

test.each(clients('gemini'))(
  '4: a Gemini response with a tool call and STOP has the finish reason tool-calls; to %s',
  (client) => {
    const chunk = google.chunk([google.call('f', {})], {}, 'STOP')
    expect(translateStream(client, 'gemini', [chunk]).answer.choices[0]!.finish.reason).toBe('tool-calls')
    const whole = testedFormat(client).format.decodeResponse(translateResponse(client, 'gemini', chunk))
    expect(whole.choices[0]!.finish.reason).toBe('tool-calls')
  },
)

describe("5: Gemini's thought signature comes back with the next turn", () => {
  const answer = google.chunk([{ ...google.call('f', { a: 1 }), thoughtSignature: 'c2lnbmVk' }], {}, 'STOP')
  const turns: Readonly<Record<string, (response: Record<string, unknown>) => object>> = {
    'openai-chat': ({ choices }) => {
      const { message } = (choices as { message: { tool_calls: { id: string }[] } }[])[0]!
      const result = { role: 'tool', tool_call_id: message.tool_calls[0]!.id, content: 'x' }
      return { model: 'm', messages: [user, message, result] }
    },
    anthropic: ({ content }) => {
      const { id } = (content as { type: string; id: string }[]).find(({ type }) => type === 'tool_use')!
      const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'x' }] }
      return { model: 'm', max_tokens: 9, messages: [user, { role: 'assistant', content }, result] }
    },
    'openai-responses': ({ output }) => {
      const items = output as { type: string; call_id: string }[]
      const { call_id } = items.find(({ type }) => type === 'function_call')!
      return { model: 'm', input: [user, ...items, { type: 'function_call_output', call_id, output: 'x' }] }
    },
  }
  test.each(Object.keys(turns))('through %s', (client) => {
    const next = turns[client]!(translateResponse(client, 'gemini', answer))
    const sent = translateRequest(client, 'gemini', next, 'gemini-3-pro-preview')
    expect(JSON.stringify(sent)).toContain('"thoughtSignature":"c2lnbmVk"')
  })
})

describe("6: Gemini's thinking tokens count as output tokens", () => {
  const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 3, thoughtsTokenCount: 40, totalTokenCount: 48 }
  test.each(clients())('to %s', (client) => {
    const { usage } = translateStream(client, 'gemini', [
      google.chunk([{ text: 'x' }], { usageMetadata }, 'STOP'),
    ]).answer
    expect(usage).toMatchObject({ input: 5, output: 43 })
  })
})

describe('7: cached tokens of a stream are reported as cached', () => {
  const counted: readonly (readonly [string, readonly object[]])[] = [
    [
      'openai-chat',
      [
        chat.delta({ content: 'x' }),
        chat.end('stop'),
        chat.chunk([], {
          usage: {
            prompt_tokens: 20,
            completion_tokens: 2,
            total_tokens: 22,
            prompt_tokens_details: { cached_tokens: 16 },
          },
        }),
      ],
    ],
    [
      'anthropic',
      [
        claude.start({
          input_tokens: 4,
          cache_read_input_tokens: 16,
          cache_creation_input_tokens: 0,
          output_tokens: 1,
        }),
        ...claude.text(0, 'x'),
        ...claude.end('end_turn', { output_tokens: 2 }),
      ],
    ],
    [
      'bedrock-converse',
      [
        converse.start,
        ...converse.text(0, 'x'),
        ...converse.end('end_turn', { inputTokens: 4, outputTokens: 2, totalTokens: 22, cacheReadInputTokens: 16 }),
      ],
    ],
    [
      'gemini',
      [
        google.chunk(
          [{ text: 'x' }],
          {
            usageMetadata: {
              promptTokenCount: 20,
              cachedContentTokenCount: 16,
              candidatesTokenCount: 2,
              totalTokenCount: 22,
            },
          },
          'STOP',
        ),
      ],
    ],
  ]
  describe.each(counted)('from %s', (upstream, events) => {
    // Ollama's API counts the tokens of a prompt, not which of them were cached.
    test.each(clients('ollama'))('to %s', (client) =>
      expect(translateStream(client, upstream, events).answer.usage).toMatchObject({
        input: 20,
        cached: 16,
        output: 2,
      }),
    )
  })
})

test("8: message_start has a usage of zeros and message_delta the real one, as Anthropic's clients require", () => {
  const { events } = translateStream('anthropic', 'openai-chat', [
    chat.delta({ role: 'assistant', content: 'x' }),
    chat.end('stop'),
    chat.chunk([], { usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } }),
  ])
  const zeros = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 }
  expect(events[0]).toMatchObject({ message: { usage: { ...zeros, input_tokens: 0, output_tokens: 0 } } })
  expect(events.at(-2)).toMatchObject({ usage: { ...zeros, input_tokens: 7, output_tokens: 2 } })
})

test.each(clients('anthropic'))("9: Anthropic's cumulative token counts are not added up; to %s", (client) => {
  const events = [
    claude.start({ input_tokens: 10, output_tokens: 4 }),
    ...claude.text(0, 'x'),
    ...claude.end('end_turn', { input_tokens: 10, output_tokens: 20 }),
  ]
  expect(translateStream(client, 'anthropic', events).answer.usage).toMatchObject({ input: 10, output: 20 })
})

test('10: usage is sent in a last chunk without choices', () => {
  const events = [claude.start(), ...claude.text(0, 'x'), ...claude.end('end_turn')]
  const translated = translateStream('openai-chat', 'anthropic', events).events
  expect(translated.at(-1)).toMatchObject({
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 9, total_tokens: 12 },
  })
  expect(
    translated.slice(0, -1).every(({ usage, choices }) => usage === null && (choices as object[]).length === 1),
  ).toBe(true)
})

test.each(clients('openai-chat'))(
  '11: a first chunk without choices (Azure) does not break the stream; to %s',
  (client) => {
    const first = chat.chunk([], { id: '', model: '', prompt_filter_results: [{ prompt_index: 0 }] })
    const events = [first, chat.delta({ role: 'assistant', content: 'Hi.' }), chat.end('stop')]
    expect(translateStream(client, 'openai-chat', events).parts).toEqual([textPart('Hi.')])
  },
)

test("12: arguments that arrive together with the name (Gemini) reach Anthropic's client", () => {
  const { events } = translateStream('anthropic', 'gemini', [google.chunk([google.call('f', { a: 1 })], {}, 'STOP')])
  const deltas = events.filter(({ type }) => type === 'content_block_delta')
  expect(deltas.at(-1)).toMatchObject({ delta: { type: 'input_json_delta', partial_json: '{"a":1}' } })
})

test('13: an empty text before a tool call opens no block, and the turn ends with tool_use', () => {
  const events = [chat.delta({ role: 'assistant', content: '' }), chat.tool(0, 'a', 'f', '{}'), chat.end('stop')]
  const translated = translateStream('anthropic', 'openai-chat', events).events
  expect(translated[1]).toMatchObject({ type: 'content_block_start', index: 0, content_block: { type: 'tool_use' } })
  expect(translated.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } })
})

test.each(clients('openai-chat'))(
  '14: a chunk with text and a tool call keeps the name of the tool; to %s',
  (client) => {
    const both = {
      role: 'assistant',
      content: 'So:',
      tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
    }
    const { parts } = translateStream(client, 'openai-chat', [chat.delta(both), chat.end('tool_calls')])
    expect(parts).toEqual([textPart('So:'), callPart('f', '{"a":1}')])
  },
)

test('15: a Responses stream announces every item, and its ids and indexes are consistent', () => {
  const events = [
    chat.delta({ role: 'assistant', reasoning_content: 'Hm.' }),
    chat.delta({ content: 'So:' }),
    chat.tool(0, 'a', 'f', '{"a":'),
    chat.tool(1, 'b', 'g', '{}'),
    chat.tool(0, undefined, undefined, '1}'),
    chat.end('tool_calls'),
  ]
  // The stream checker of the format verifies all of this: an invalid stream throws.
  const kinds = translateStream('openai-responses', 'openai-chat', events).parts.map(({ type }) => type)
  expect(kinds).toEqual(['reasoning', 'text', 'tool-call', 'tool-call'])
})

test.each(clients('openai-chat'))('16: an empty piece of arguments does not end the stream; to %s', (client) => {
  const events = [
    chat.tool(0, 'a', 'f', '{'),
    chat.tool(0, undefined, undefined, ''),
    chat.tool(0, undefined, undefined, '}'),
    chat.end('tool_calls'),
  ]
  expect(translateStream(client, 'openai-chat', events).parts).toEqual([callPart('f', '{}')])
})

test("17: a response schema does not become a tool, and the client's tools are kept", () => {
  const response_format = {
    type: 'json_schema',
    json_schema: { name: 'x', schema: { type: 'object', properties: {} } },
  }
  const body = { model: 'm', messages: [user], tools: [tool('f')], response_format }
  const sent = translateRequest('openai-chat', 'anthropic', body, 'claude-sonnet-4-6')
  expect(sent).toMatchObject({ output_config: { format: { type: 'json_schema' } }, tools: [{ name: 'f' }] })
  expect(sent['tools']).toHaveLength(1)
})

describe('18: an error event in a stream with status 200 is an error, not an empty success', () => {
  const errors: readonly (readonly [string, object])[] = [
    ['openai-chat', { error: { message: 'Down.', type: 'server_error', code: 500 } }],
    ['anthropic', { type: 'error', error: { type: 'api_error', message: 'Down.' } }],
    ['gemini', { error: { code: 500, message: 'Down.', status: 'INTERNAL' } }],
    [
      'openai-responses',
      { type: 'error', sequence_number: 0, error: { type: 'server_error', code: 'x', message: 'Down.', param: null } },
    ],
  ]
  test.each(errors)('from %s', (upstream, event) => {
    const events = readEvents(upstream, [event])
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { message: 'Down.' } })
    expect(events.some(({ type }) => type === 'finish')).toBe(false)
  })
})

// Over sockets: translation.test.ts, event-streams.test.ts.
test.each(clients())('19: a stream to %s that fails in the middle ends with a valid error event', (client) => {
  const { format, checkStream } = testedFormat(client)
  const encoder = format.createEncoder(answerFacts(client), new Losses())
  const begun = readEvents('anthropic', [claude.start(), ...claude.text(0, 'Hal'), ...claude.end('end_turn')]).slice(
    0,
    3,
  )
  const text =
    begun.map((event) => encoder.push(event)).join('') + encoder.fail(new GatewayError('upstream_cut', 'Cut.'))
  const frames = framesOf(format, [bytesOf(format, text)])
  expect(frames.map(({ data }) => data).join()).toContain('Cut.')
  expect(checkStream(frames)).toEqual([])
})

// That Sluice retries it: retries.test.ts, translation.test.ts.
test("20: Anthropic's overloaded_error as the first event counts as an overload, which is retried", () => {
  const events = readEvents('anthropic', [
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
  ])
  expect(events).toMatchObject([{ type: 'error', error: { kind: 'overloaded' } }])
})

test("21: errors to Anthropic's clients have Anthropic's envelope, and Bedrock's 503 is overloaded_error", () => {
  const error = testedFormat('bedrock-converse').format.decodeError(
    '{"message":"Busy."}',
    new Headers({ 'x-amzn-errortype': 'ServiceUnavailableException:http://x' }),
  )
  expect(error?.kind).toBe('overloaded')
  const { status, body } = testedFormat('anthropic').format.encodeError(
    new GatewayError('upstream_overloaded', 'Busy.'),
    'r',
  )
  expect([status, JSON.parse(body)]).toEqual([
    529,
    { type: 'error', error: { type: 'overloaded_error', message: 'Busy.' }, request_id: 'r' },
  ])
})

// 22: an upstream's retry-after is respected and reaches the client: retries.test.ts, fallbacks.test.ts, health.test.ts.

test.each([
  ['throttlingException', 'rate-limit'],
  ['serviceUnavailableException', 'overloaded'],
  ['modelStreamErrorException', 'internal'],
  ['validationException', 'bad-request'],
])("23: Bedrock's %s in a stream is an error of the kind %s", (name, kind) => {
  const decoder = testedFormat('bedrock-converse').format.createDecoder()
  const events = decoder.push({ name, data: '{"message":"No."}', isError: true })
  expect(events).toMatchObject([{ type: 'error', error: { message: 'No.', kind } }])
})

// At every byte, of recorded streams, through every pair of formats: languages/cuts.test.ts.
test('24: an event and a UTF-8 character that are split at any byte are read correctly', () => {
  const bytes = Buffer.from(`data: ${JSON.stringify(chat.delta({ content: 'Grüße, 🌊' }))}\n\n`)
  const { format } = testedFormat('openai-chat')
  const whole = framesOf(format, [bytes])
  for (let at = 1; at < bytes.length; at++)
    expect(framesOf(format, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole)
})

describe("25: Anthropic's cache_control becomes a cachePoint for Bedrock", () => {
  const cache_control = { type: 'ephemeral' }
  const body = {
    model: 'm',
    max_tokens: 9,
    system: [{ type: 'text', text: 'Be brief.', cache_control }],
    tools: [{ ...claudeTool('f'), cache_control }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hello.', cache_control }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {}, cache_control }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'x', cache_control }] },
    ],
  }
  const point = { cachePoint: { type: 'default' } }
  const sent = (more: object) =>
    translateRequest('anthropic', 'bedrock-converse', { ...body, ...more }, 'anthropic.claude-sonnet-4-5')

  test('each cachePoint follows the part that it marks, and follows a tool result instead of being in it', () =>
    expect(sent({})).toMatchObject({
      system: [{ text: 'Be brief.' }, point],
      toolConfig: { tools: [{ toolSpec: { name: 'f' } }, point] },
      messages: [
        { content: [{ text: 'Hello.' }, point] },
        { content: [{ toolUse: { name: 'f' } }, point] },
        { content: [{ toolResult: { content: [{ text: 'x' }] } }, point] },
      ],
    }))

  test('the cachePoint of a whole request follows its last part', () => {
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'Hello.' }] }]
    expect(sent({ cache_control, messages })).toMatchObject({ messages: [{ content: [{ text: 'Hello.' }, point] }] })
  })
})

test('26: a request without tools but with tool calls in its history gets the toolConfig that Bedrock requires', () => {
  const messages = [
    user,
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'x' }] },
  ]
  const sent = translateRequest('anthropic', 'bedrock-converse', { model: 'm', max_tokens: 9, messages })
  expect(sent).toMatchObject({ toolConfig: { tools: [{ toolSpec: { name: 'f' } }] } })
})

describe('27: parallel tool calls that are turned off', () => {
  const body = { model: 'm', messages: [user], parallel_tool_calls: false }
  test('have a tool choice with a type for Anthropic', () => {
    const sent = translateRequest('openai-chat', 'anthropic', { ...body, tools: [tool('f')] })
    expect(sent['tool_choice']).toEqual({ type: 'auto', disable_parallel_tool_use: true })
  })

  test.each(['anthropic', 'gemini', 'bedrock-converse', 'openai-responses'])(
    'have no tool choice for %s if there are no tools',
    (upstream) =>
      expect(JSON.stringify(translateRequest('openai-chat', upstream, { ...body, tool_choice: 'auto' }))).not.toMatch(
        /choice|toolConfig|parallel/i,
      ),
  )

  test('stay turned off on the way from Anthropic', () => {
    const choice = { type: 'auto', disable_parallel_tool_use: true }
    const asked = { model: 'm', max_tokens: 9, messages: [user], tools: [claudeTool('f')], tool_choice: choice }
    expect(translateRequest('anthropic', 'openai-chat', asked)).toMatchObject({ parallel_tool_calls: false })
  })
})

const CALLS = {
  model: 'm',
  tools: [tool('f')],
  messages: [
    user,
    {
      role: 'assistant',
      content: null,
      tool_calls: ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
    },
    { role: 'tool', tool_call_id: 'a', content: '1' },
    { role: 'tool', tool_call_id: 'b', content: '2' },
  ],
}

test.each([
  ['anthropic', 'messages', 'content'],
  ['bedrock-converse', 'messages', 'content'],
  ['gemini', 'contents', 'parts'],
])('28: results of parallel tool calls are sent to %s in one message', (upstream, messages, parts) => {
  const sent = translateRequest('openai-chat', upstream, CALLS)[messages] as Record<string, object[]>[]
  expect(sent).toHaveLength(3)
  expect(sent[2]![parts]).toHaveLength(2)
})

test.each(clients('anthropic'))('29: images in tool results reach %s', (upstream) => {
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } }
  const messages = [
    user,
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [image] }] },
  ]
  const body = { model: 'm', max_tokens: 9, tools: [claudeTool('f')], messages }
  expect(JSON.stringify(translateRequest('anthropic', upstream, body))).toContain(PIXEL)
})

test.each([
  ['anthropic', 'messages', 'content'],
  ['bedrock-converse', 'messages', 'content'],
  ['gemini', 'contents', 'parts'],
])('30: an empty text beside a tool call is not sent to %s, which rejects it', (upstream, messages, parts) => {
  const [first, calling, ...results] = CALLS.messages
  const body = { ...CALLS, messages: [first, { ...calling, content: '' }, ...results] }
  const sent = translateRequest('openai-chat', upstream, body)[messages] as Record<string, object[]>[]
  expect(sent[1]![parts]).toHaveLength(2)
})

test.each<[string, string, object]>([
  ['anthropic', 'claude-sonnet-4-5', { temperature: 0.5, top_p: undefined }],
  ['anthropic', 'claude-opus-4-7', { temperature: undefined, top_p: undefined }],
  ['openai-chat', 'o3', { temperature: undefined, top_p: undefined }],
  ['openai-responses', 'gpt-5', { temperature: undefined, top_p: undefined }],
])('31: %s gets no sampling parameter that the model %s rejects', (upstream, model, taken) => {
  const body = {
    contents: [{ role: 'user', parts: [{ text: 'x' }] }],
    generationConfig: { temperature: 0.5, topP: 0.9 },
  }
  const { temperature, top_p } = translateRequest('gemini', upstream, body, model)
  expect({ temperature, top_p }).toEqual(taken as { temperature: unknown; top_p: unknown })
})

// Providers that support only the older name declare it in their row: providers/providers.test.ts.
test('32: the field of the token limit does not depend on the name of the model', () => {
  const body = { model: 'm', max_tokens: 9, messages: [user] }
  for (const model of ['my-o3-deployment', 'gpt-4o', 'llama'])
    expect(translateRequest('anthropic', 'openai-chat', body, model)).toMatchObject({ max_completion_tokens: 9 })
})

describe('33: a finish reason that Sluice does not know does not become stop', () => {
  const ends: readonly (readonly [string, readonly object[]])[] = [
    ['openai-chat', [chat.delta({ content: 'x' }), chat.end('brand_new')]],
    ['anthropic', [claude.start(), ...claude.text(0, 'x'), ...claude.end('brand_new')]],
    ['gemini', [google.chunk([{ text: 'x' }], {}, 'BRAND_NEW')]],
    ['bedrock-converse', [converse.start, ...converse.text(0, 'x'), ...converse.end('brand_new')]],
  ]
  test.each(ends)('from %s', (upstream, events) => {
    const finish = readEvents(upstream, events).find(({ type }) => type === 'finish')
    expect(finish).toMatchObject({ finish: { reason: 'other', native: expect.stringMatching(/brand_new/i) } })
    const translated = JSON.stringify(translateStream('openai-chat', upstream, events).events)
    expect(translated).toMatch(/"native_finish_reason":"brand_new"/i)
  })

  test('and a refusal of the model becomes content_filter', () => {
    const { events } = translateStream('openai-chat', 'anthropic', [claude.start(), ...claude.end('refusal')])
    expect(JSON.stringify(events)).toContain('"finish_reason":"content_filter"')
  })
})

describe('34: a response to a blocked prompt has the finish reason content-filter or refusal, and its usage', () => {
  const body = {
    promptFeedback: { blockReason: 'SAFETY' },
    usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 },
    modelVersion: 'm',
    responseId: 'r',
  }
  test.each(clients())('to %s', (client) => {
    const { answer } = translateStream(client, 'gemini', [body])
    const whole = testedFormat(client).format.decodeResponse(translateResponse(client, 'gemini', body))
    for (const { choices, usage } of [answer, whole]) {
      expect(['content-filter', 'refusal']).toContain(choices[0]!.finish.reason)
      expect(usage).toMatchObject({ input: 4, output: 0 })
    }
  })
})

describe('35: JSON schemas for Gemini', () => {
  const schema = {
    type: 'object',
    properties: {
      at: { anyOf: [{ type: 'object', properties: { x: { type: 'integer' } } }, { type: 'null' }] },
      to: { $ref: '#/$defs/p' },
    },
    $defs: { p: { type: ['object', 'null'], properties: { y: { type: 'integer' } } } },
  }
  const body = {
    model: 'm',
    messages: [user],
    tools: [{ type: 'function', function: { name: 'f', parameters: schema } }],
  }

  test.each(['gemini-2.0-flash', 'gemini-2.5-pro'])(
    'keep the properties of nullable objects, with the model %s',
    (model) => {
      const sent = JSON.stringify(translateRequest('openai-chat', 'gemini', body, model))
      expect(sent).toContain('"x":{"type":"')
      expect(sent).toContain('"y":{"type":"')
    },
  )

  test('are not looked for in the text of a tool result', () => {
    const messages = [...CALLS.messages.slice(0, 3), { role: 'tool', tool_call_id: 'b', content: '{"$ref":"#/x"}' }]
    const sent = JSON.stringify(translateRequest('openai-chat', 'gemini', { ...CALLS, messages }))
    expect(sent).toContain(JSON.stringify({ output: '{"$ref":"#/x"}' }))
  })
})

describe('36: parallel tool calls stay separate', () => {
  const two: readonly (readonly [string, readonly object[]])[] = [
    ['without an index', [chat.tool(undefined, 'a', 'f', '{"a":1}'), chat.tool(undefined, 'b', 'g', '{}')]],
    ['without an id', [chat.tool(0, undefined, 'f', '{"a":1}'), chat.tool(1, undefined, 'g', '{}')]],
    ['with a blank id', [chat.tool(0, '', 'f', '{"a":1}'), chat.tool(1, '', 'g', '{}')]],
    ['all with index 0', [chat.tool(0, 'a', 'f', '{"a":1}'), chat.tool(0, 'b', 'g', '{}')]],
  ]
  test.each(two)('%s', (_title, calls) => {
    for (const client of clients('openai-chat')) {
      const { parts } = translateStream(client, 'openai-chat', [...calls, chat.end('tool_calls')])
      expect(parts).toEqual([callPart('f', '{"a":1}'), callPart('g', '{}')])
      const ids = parts.map((part) => (part.type === 'tool-call' ? part.id : ''))
      expect(ids.every((id) => id !== '') && ids[0] !== ids[1]).toBe(true)
    }
  })
})

// Over sockets: translation.test.ts.
test('37: tool call ids have the form that Mistral requires, for its own API and on Bedrock', () => {
  const asked = testedFormat('openai-chat').format.decodeRequest(CALLS, { model: 'm', stream: false })
  expect(
    JSON.stringify(fitToolIds(asked, MISTRAL_IDS))
      .match(/"(?:id|callId)":"([^"]*)"/g)
      ?.every((id) => /"[a-zA-Z0-9]{9}"$/.test(id)),
  ).toBe(true)
  const sent = JSON.stringify(
    translateRequest('openai-chat', 'bedrock-converse', CALLS, 'mistral.mistral-large-2407-v1:0'),
  )
  expect(sent.match(/"toolUseId":"[a-zA-Z0-9]{9}"/g)).toHaveLength(4)
})

test('38: encrypted reasoning is kept together with its tool call', () => {
  const input = [
    user,
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' },
    { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'a', output: 'x' },
  ]
  const sent = translateRequest('openai-responses', 'openai-responses', { model: 'm', input, store: false })[
    'input'
  ] as object[]
  expect(sent[1]).toMatchObject({ type: 'reasoning', encrypted_content: 'gAAA' })
  const translated = translateResponse('openai-chat', 'openai-responses', {
    id: 'resp_1',
    object: 'response',
    model: 'm',
    status: 'completed',
    created_at: 1,
    output: [
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' },
      { type: 'function_call', id: 'fc_1', call_id: 'a', name: 'f', arguments: '{}', status: 'completed' },
    ],
  })
  const [{ message }] = translated['choices'] as [{ message: object }]
  const messages = [user, message, { role: 'tool', tool_call_id: 'a', content: 'x' }]
  const back = translateRequest('openai-chat', 'openai-responses', { model: 'm', messages })['input'] as object[]
  expect(back.slice(1)).toMatchObject([
    { type: 'reasoning', encrypted_content: 'gAAA' },
    { type: 'function_call', call_id: 'a' },
    { type: 'function_call_output', call_id: 'a' },
  ])
})

test('39: reasoning without a signature is not sent to Claude on Bedrock', () => {
  const messages = [user, { role: 'assistant', content: 'Hi.', reasoning_content: 'Hm.' }, user]
  const sent = translateRequest(
    'openai-chat',
    'bedrock-converse',
    { model: 'm', messages },
    'anthropic.claude-sonnet-4-5',
  )
  expect(JSON.stringify(sent)).not.toContain('Hm.')
})

test('40: DeepSeek gets its reasoning back with the next turn, as it requires', () => {
  const content = [
    { type: 'thinking', thinking: 'Hm.', signature: '' },
    { type: 'tool_use', id: 't', name: 'f', input: {} },
  ]
  const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'x' }] }
  const body = {
    model: 'm',
    max_tokens: 9,
    tools: [claudeTool('f')],
    messages: [user, { role: 'assistant', content }, result],
  }
  const sent = translateRequest('anthropic', 'openai-chat', body, 'deepseek-reasoner', ['reasoning-content'])
  expect((sent['messages'] as object[])[1]).toMatchObject({ reasoning_content: 'Hm.' })
})

describe('41: a text of several parts', () => {
  test('reaches every upstream completely', () => {
    const content = [
      { type: 'text', text: 'Hello' },
      { type: 'text', text: ' to you.' },
    ]
    const body = { model: 'm', messages: [user, { role: 'assistant', content }, user] }
    for (const upstream of clients('openai-chat'))
      expect(JSON.stringify(translateRequest('openai-chat', upstream, body))).toMatch(/Hello.*to you\./)
  })

  test('keeps its citations on the way to Chat Completions', () => {
    const citations = [
      {
        type: 'web_search_result_location',
        url: 'https://a.example',
        title: 'A',
        cited_text: 'blue',
        encrypted_index: 'x',
      },
    ]
    const translated = translateResponse('openai-chat', 'anthropic', {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      stop_reason: 'end_turn',
      stop_sequence: null,
      content: [
        { type: 'text', text: 'The sea ' },
        { type: 'text', text: 'is blue.', citations },
      ],
      usage: { input_tokens: 1, output_tokens: 1 },
    })
    const annotation = {
      type: 'url_citation',
      url_citation: { url: 'https://a.example', title: 'A', start_index: 8, end_index: 16 },
    }
    expect(translated).toMatchObject({
      choices: [{ message: { content: 'The sea is blue.', annotations: [annotation] } }],
    })
  })
})

test('42: generated ids and tool call ids are short enough for OpenAI', () => {
  const { parts } = translateStream('openai-chat', 'gemini', [
    google.chunk([google.call('f', {})], { responseId: 'r'.repeat(300) }, 'STOP'),
  ])
  expect((parts[0] as { id: string }).id.length).toBeLessThan(40)
  const long = JSON.parse(JSON.stringify(CALLS).replaceAll('"a"', `"${'a'.repeat(80)}"`)) as object
  const asked = testedFormat('openai-chat').format.decodeRequest(long, { model: 'm', stream: false })
  expect(JSON.stringify(fitToolIds(asked, OPENAI_IDS))).not.toContain('a'.repeat(41))
})
