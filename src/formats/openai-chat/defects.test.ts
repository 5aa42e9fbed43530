// Defects that shipped in other gateways and concern this format: one test each.
import { describe, expect, test } from 'bun:test'
import type { ChatEvent } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import type { Part } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import { asGatewayError, GatewayError } from '../../errors.ts'
import type { ResponseFacts, Target } from '../format.ts'
import { readFrames } from '../../codecs/framing/sse.ts'
import { Losses } from '../translation/losses.ts'
import { fitToolIds, MISTRAL_IDS, OPENAI_IDS } from '../translation/tool-ids.ts'
import { openaiChat } from './index.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

const BODY = {
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
  stream: true,
  stream_options: { include_usage: true },
}
const CLIENT = openaiChat.decodeRequest(BODY, { model: undefined, stream: undefined })
const FACTS: ResponseFacts = { request: CLIENT, id: 'abc', created: 1, model: undefined }
const target = (model: string, ...capabilities: 'reasoning-content'[]): Target => ({
  model,
  baseModel: model,
  capabilities: new Set(capabilities),
})

const chunk = (choices: JsonObject[], more: JsonObject = {}) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 5,
  model: 'm',
  choices,
  ...more,
})
const delta = (fields: JsonObject) => chunk([{ index: 0, delta: fields, finish_reason: null }])
const end = (finish_reason: string, more: JsonObject = {}) => chunk([{ index: 0, delta: {}, finish_reason }], more)
const tool = (index: number | undefined, id: string | undefined, name: string | undefined, given: string) =>
  delta({ tool_calls: [JSON.parse(JSON.stringify({ index, id, function: { name, arguments: given } })) as JsonObject] })

function decode(...chunks: JsonObject[]): ChatEvent[] {
  const decoder = openaiChat.createDecoder()
  const events = chunks.flatMap((data) => decoder.push({ name: undefined, data: JSON.stringify(data) }))
  return events.concat(decoder.end())
}

const answer = (...chunks: JsonObject[]) => fold(decode(...chunks), 'openai-chat')

function encode(events: Iterable<ChatEvent>): JsonObject[] {
  const encoder = openaiChat.createEncoder(FACTS, new Losses())
  let text = ''
  for (const event of events) text += encoder.push(event)
  return readFrames(text + encoder.end())
    .filter(({ data }) => data !== '[DONE]')
    .map(({ data }) => JSON.parse(data) as JsonObject)
}

const toolDeltas = (chunks: JsonObject[]): JsonObject[] =>
  chunks.flatMap(({ choices }) =>
    (choices as { delta: { tool_calls?: JsonObject[] } }[]).flatMap(({ delta }) => delta.tool_calls ?? []),
  )
const argumentsOf = (chunks: JsonObject[]): string =>
  toolDeltas(chunks)
    .map((call) => (call['function'] as JsonObject)['arguments'])
    .join('')

const foreign = (more: Partial<ChatRequest>): ChatRequest => ({ ...CLIENT, format: 'anthropic', ...more })
const sent = (request: ChatRequest, to = target('x')) =>
  openaiChat.encodeRequest(request, to, new Losses()) as JsonObject & { messages: JsonObject[] }
const call = (id: string): Part => ({ type: 'tool-call', id, name: 'f', arguments: '{}' })

describe('streams', () => {
  test('a call without arguments streams {}', () =>
    expect(argumentsOf(encode(decode(tool(0, 'a', 'f', ''), end('tool_calls'))))).toBe('{}'))

  test('{} is not prepended to real arguments', () =>
    expect(
      argumentsOf(encode(decode(tool(0, 'a', 'f', ''), tool(0, undefined, undefined, '{"x":1}'), end('tool_calls')))),
    ).toBe('{"x":1}'))

  test('the first tool has the index 0, although text came before it', () =>
    expect(
      toolDeltas(encode(decode(delta({ content: 'Hi' }), tool(1, 'a', 'f', '{}'), end('tool_calls'))))[0],
    ).toMatchObject({ index: 0 }))

  test('parallel calls that all have the index 0 are not concatenated', () =>
    expect(answer(tool(0, 'a', 'f', '{}'), tool(0, 'b', 'g', '{}'), end('tool_calls')).choices[0]!.parts).toHaveLength(
      2,
    ))

  test('a turn that called tools ends with tool_calls, in streams too', () => {
    const chunks = encode(decode(tool(0, 'a', 'f', '{}'), end('stop')))
    expect((chunks.at(-1)!['choices'] as JsonObject[])[0]!['finish_reason']).toBe('tool_calls')
  })

  test('cached tokens are counted in streams as in complete responses', () => {
    const usage = {
      prompt_tokens: 9,
      completion_tokens: 1,
      total_tokens: 10,
      prompt_tokens_details: { cached_tokens: 8 },
    }
    const whole = openaiChat.decodeResponse({ choices: [{ message: { content: 'a' }, finish_reason: 'stop' }], usage })
    expect(answer(end('stop'), chunk([], { usage })).usage).toEqual(whole.usage!)
    expect(whole.usage).toMatchObject({ input: 9, cached: 8 })
  })

  test('usage in a last chunk without choices is kept, and sent in one', () => {
    const usage = { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 }
    expect(encode(decode(end('stop'), chunk([], { usage }))).at(-1)).toMatchObject({ choices: [], usage })
  })

  test('a first chunk without choices does not crash the stream', () =>
    expect(answer(chunk([], { prompt_filter_results: [] }), delta({ content: 'a' }), end('stop')).choices).toHaveLength(
      1,
    ))

  test('a chunk with text and a call keeps the name of the call', () => {
    const both = delta({ content: 'Hi', tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }] })
    expect(answer(both, end('tool_calls')).choices[0]!.parts).toMatchObject([{ text: 'Hi' }, { name: 'f' }])
  })

  test('no empty text is opened before a call', () =>
    expect(
      answer(delta({ role: 'assistant', content: '' }), tool(0, 'a', 'f', '{}'), end('tool_calls')).choices[0]!.parts,
    ).toHaveLength(1))

  test('an empty argument delta does not break the stream', () =>
    expect(
      argumentsOf(
        encode(
          decode(
            tool(0, 'a', 'f', '{'),
            tool(0, undefined, undefined, ''),
            tool(0, undefined, undefined, '}'),
            end('tool_calls'),
          ),
        ),
      ),
    ).toBe('{}'))

  test('an error as the first event of a 200 is not an empty success', () =>
    expect(decode({ error: { message: 'no', code: 500 } })).toMatchObject([{ type: 'error' }]))

  test('after a failure mid-stream the client gets an error event and [DONE]', () => {
    const encoder = openaiChat.createEncoder(FACTS, new Losses())
    const text = encoder.fail(new GatewayError('upstream_reset', 'gone'))
    expect(readFrames(text)).toMatchObject([{ data: expect.stringContaining('gone') as string }, { data: '[DONE]' }])
  })

  test('an unknown reason does not silently become stop', () => {
    const chunks = encode(decode(delta({ content: 'a' }), end('surprise')))
    expect((chunks.at(-1)!['choices'] as JsonObject[])[0]).toMatchObject({ native_finish_reason: 'surprise' })
  })

  test.each([
    ['no index', [tool(undefined, 'a', 'f', '{"x":'), tool(undefined, undefined, undefined, '1}')]],
    ['no id', [tool(0, undefined, 'f', '{"x":'), tool(0, undefined, undefined, '1}')]],
    ['an empty id', [tool(0, '', 'f', '{"x":'), tool(0, '', '', '1}')]],
  ])('tool deltas with %s are one call with an id', (_title, deltas) => {
    const [part] = answer(...deltas, end('tool_calls')).choices[0]!.parts
    expect(part).toMatchObject({
      type: 'tool-call',
      name: 'f',
      arguments: '{"x":1}',
      id: expect.stringMatching(/./) as string,
    })
  })
})

describe('complete responses', () => {
  const whole = (message: JsonObject, finish_reason = 'stop') =>
    openaiChat.decodeResponse({ id: 'x', choices: [{ message, finish_reason }] })

  test('content in a list is read', () =>
    expect(
      whole({
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      }).choices[0]!.parts,
    ).toHaveLength(2))

  test('citations stay with their text', () => {
    const annotations = [{ type: 'url_citation', url_citation: { start_index: 0, end_index: 1, url: 'u', title: 't' } }]
    expect(openaiChat.encodeResponse(whole({ content: 'a', annotations }), FACTS, new Losses())).toMatchObject({
      choices: [{ message: { annotations } }],
    })
  })

  test('an error with status 200 is not a response', () => {
    let thrown: unknown
    try {
      openaiChat.decodeResponse({ error: { message: 'no' } })
    } catch (error) {
      thrown = error
    }
    expect(asGatewayError(thrown)).toMatchObject({ code: 'upstream_failed', message: 'no' })
  })

  test('reasoning that xAI counts separately is included in the output', () =>
    expect(
      openaiChat.decodeResponse({
        choices: [{ message: { content: 'a' }, finish_reason: 'stop' }],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 2,
          total_tokens: 112,
          completion_tokens_details: { reasoning_tokens: 100 },
        },
      }).usage,
    ).toEqual({ input: 10, output: 102, reasoning: 100 }))

  test('a thought signature survives the round trip to the client', () => {
    const seal = { origin: 'gemini', signature: 'sig==' }
    const response = {
      format: 'gemini',
      choices: [{ parts: [{ ...call('call_1'), seal } as never], finish: { reason: 'stop' } as const }],
    }
    const { choices } = openaiChat.encodeResponse(response, FACTS, new Losses()) as {
      choices: { message: JsonObject }[]
    }
    const next = openaiChat.decodeRequest(
      { model: 'm', messages: [choices[0]!.message] },
      { model: undefined, stream: undefined },
    )
    expect(next.messages[0]!.parts).toEqual([{ ...call('call_1'), seal } as Part])
  })
})

describe('requests', () => {
  test('max_completion_tokens is sent for any alias', () =>
    expect(
      sent(foreign({ maxOutput: 5 }), { model: 'my-deployment', baseModel: 'gpt-5', capabilities: new Set() }),
    ).toMatchObject({ max_completion_tokens: 5 }))

  test('the base model, not the alias, decides whether temperature is removed', () =>
    expect(
      sent(foreign({ sampling: { temperature: 1 } }), {
        model: 'my-deployment',
        baseModel: 'o3',
        capabilities: new Set(),
      }),
    ).not.toHaveProperty('temperature'))

  test('a tool choice without tools is not sent', () => {
    const body = sent(foreign({ toolChoice: { type: 'auto' }, parallelTools: false }))
    expect(body).not.toHaveProperty('tool_choice')
    expect(body).not.toHaveProperty('parallel_tool_calls')
  })

  test('images in tool results are not dropped', () => {
    const image: Part = { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a' } }
    const messages = [
      { role: 'assistant', parts: [call('a')] },
      { role: 'user', parts: [{ type: 'tool-result', callId: 'a', content: [image] }] },
    ] as const
    expect(JSON.stringify(sent(foreign({ messages })))).toContain('https://a')
  })

  test('DeepSeek gets its reasoning back', () => {
    const messages = [
      { role: 'assistant', parts: [{ type: 'reasoning', text: 'Hm' }, call('a')] },
      { role: 'tool', parts: [{ type: 'tool-result', callId: 'a', content: [{ type: 'text', text: '1' }] }] },
    ] as const
    expect(sent(foreign({ messages }), target('deepseek-chat', 'reasoning-content')).messages[0]).toMatchObject({
      reasoning_content: 'Hm',
    })
  })

  test('call ids are short enough for OpenAI and have nine characters for Mistral', () => {
    const messages = [
      { role: 'assistant', parts: [call(`call_${'x'.repeat(80)}`)] },
      { role: 'tool', parts: [{ type: 'tool-result', callId: `call_${'x'.repeat(80)}`, content: [] }] },
    ] as const
    const idIn = (request: ChatRequest) => sent(request).messages[1]!['tool_call_id'] as string
    expect(idIn(fitToolIds(foreign({ messages }), OPENAI_IDS)).length).toBeLessThanOrEqual(40)
    expect(idIn(fitToolIds(foreign({ messages }), MISTRAL_IDS))).toMatch(/^[a-zA-Z0-9]{9}$/)
  })
})
