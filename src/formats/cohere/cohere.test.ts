import { describe, expect, test } from 'bun:test'
import { fixtures, loadFixture, streamBytes } from '../../../test/shared.ts'
import type { ChatEvent } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import { unfold } from '../../chat/unfold.ts'
import { GatewayError } from '../../errors.ts'
import type { ResponseFacts, Target } from '../format.ts'
import { sseFrames } from '../../codecs/framing/sse.ts'
import { Losses } from '../translation/losses.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { checkStream } from './grammar.ts'
import { cohere } from './index.ts'

const target: Target = { model: 'command-a-03-2025', baseModel: 'command-a-03-2025', capabilities: new Set() }
const facts: ResponseFacts = {
  request: cohere.decodeRequest({ messages: [{ role: 'user', content: 'hi' }] }, { model: 'm', stream: false }),
  id: 'abc',
  created: 1,
  model: undefined,
}

/** The only recording of the v1 API is left out. */
const recorded = fixtures(({ api, file }) => api === 'cohere' && /native-/.test(file) && !/command-r\.json/.test(file))
const wholes = recorded.filter(({ framing, status }) => framing === null && status === 200)
const streams = recorded.filter(({ framing }) => framing !== null)

/** The events of some bytes, split at `at`. */
function read(bytes: Uint8Array, at = bytes.length): ChatEvent[] {
  const [frames, decoder] = [sseFrames(), cohere.createDecoder()]
  const found = [...frames.push(bytes.subarray(0, at)), ...frames.push(bytes.subarray(at)), ...frames.end()]
  return [...found.flatMap((frame) => decoder.push(frame)), ...decoder.end()]
}

const written = (events: Iterable<ChatEvent>): string => {
  const encoder = cohere.createEncoder(facts, new Losses())
  let text = ''
  for (const event of events) text += encoder.push(event)
  return text + encoder.end()
}

describe('recorded responses', () => {
  test.each(wholes.map((entry) => [entry.file, entry] as const))(
    '%s is encoded to the same response',
    (_file, entry) => {
      const { body } = loadFixture(entry).response
      const [losses, decoded] = [new Losses(), cohere.decodeResponse(loadFixture(entry).response.body)]
      expect(cohere.encodeResponse(decoded, facts, losses)).toEqual(body)
      expect(losses.list).toEqual([])
      expect(fold(unfold(decoded), 'cohere')).toEqual(decoded)
      expect(decoded.usage!.cached!).toBeLessThanOrEqual(decoded.usage!.input)
    },
  )

  const withRequest = recorded.filter((entry) => loadFixture(entry).request)
  test.each(withRequest.map((entry) => [entry.file, entry] as const))(
    'the request of %s is encoded to the same request',
    (_file, entry) => {
      const body = loadFixture(entry).request!.body
      const [losses, decoded] = [new Losses(), cohere.decodeRequest(body, { model: undefined, stream: undefined })]
      expect(cohere.encodeRequest(decoded, target, losses)).toEqual(body)
      expect(losses.list).toEqual([])
    },
  )
})

describe('recorded streams', () => {
  test.each(streams.map((entry) => [entry.file, entry] as const))('%s', (_file, entry) => {
    const bytes = streamBytes(loadFixture(entry))!
    const events = read(bytes)
    const answer = fold(events, 'cohere')
    const [choice] = answer.choices
    expect(choice!.parts.length).toBeGreaterThan(0)
    expect(['stop', 'tool-calls']).toContain(choice!.finish.reason)
    expect(answer.usage!.output).toBeGreaterThan(0)
    for (const part of choice!.parts)
      if (part.type === 'tool-call') expect(() => JSON.parse(part.arguments)).not.toThrow()
    for (let at = 1; at < Math.min(bytes.length, 2000); at += 7) expect(read(bytes, at)).toEqual(events)
    const opened = events.flatMap(({ type }) => (type === 'part-start' || type === 'part-end' ? [type] : []))
    expect(opened).toEqual(choice!.parts.flatMap(() => ['part-start', 'part-end'] as const))
    const again = written(events)
    expect(checkStream(sseFrames().push(Buffer.from(again)))).toEqual([])
    expect(fold(read(Buffer.from(again)), 'cohere')).toEqual(answer)
  })

  test.each(wholes.map((entry) => [entry.file, entry] as const))('%s encoded as a stream', (_file, entry) => {
    const decoded = cohere.decodeResponse(loadFixture(entry).response.body)
    const again = written(unfold(decoded))
    expect(checkStream(sseFrames().push(Buffer.from(again)))).toEqual([])
    expect(fold(read(Buffer.from(again)), 'cohere')).toMatchObject({
      choices: [{ parts: decoded.choices[0]!.parts, finish: decoded.choices[0]!.finish }],
      usage: decoded.usage!,
    })
  })
})

const chat = (more: object, messages: unknown = [{ role: 'user', content: 'hi' }]) =>
  openaiChat.decodeRequest({ model: 'm', messages, ...more }, { model: undefined, stream: undefined })

const call = (id: string, name = 'f') => ({ id, type: 'function', function: { name, arguments: '{"a":1}' } })
const tools = ['f', 'g'].map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } }))
const offered = (names: string[]) => tools.filter((tool) => names.includes(tool.function.name))

describe('a Chat Completions request encoded for Cohere', () => {
  test.each<[string, object, object, string[]]>([
    ['a cap', { max_completion_tokens: 5 }, { max_tokens: 5 }, []],
    ['sampling', { temperature: 1.5, top_p: 0.5, top_k: 3, seed: 7 }, { temperature: 1.5, p: 0.5, k: 3, seed: 7 }, []],
    ['the maximum of top_p', { top_p: 1 }, { p: 0.99 }, ['top_p']],
    ['a negative penalty', { frequency_penalty: -1 }, { frequency_penalty: 0 }, ['frequency_penalty']],
    ['stop', { stop: ['a'] }, { stop_sequences: ['a'] }, []],
    ['no reasoning', { reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }, []],
    ['reasoning', { reasoning: { max_tokens: 9 } }, { thinking: { type: 'enabled', token_budget: 9 } }, []],
    ['JSON', { response_format: { type: 'json_object' } }, { response_format: { type: 'json_object' } }, []],
    [
      'a schema',
      { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } },
      { response_format: { type: 'json_object', json_schema: { type: 'object' } } },
      [],
    ],
    ['tools', { tools, tool_choice: 'auto' }, { tools }, []],
    ['a required call', { tools, tool_choice: 'required' }, { tools, tool_choice: 'REQUIRED' }, []],
    ['no call', { tools, tool_choice: 'none' }, { tools, tool_choice: 'NONE' }, []],
    [
      'one tool, by sending no other',
      { tools, tool_choice: { type: 'function', function: { name: 'g' } } },
      { tools: offered(['g']), tool_choice: 'REQUIRED' },
      [],
    ],
    ['a choice without tools', { tool_choice: 'auto' }, {}, ['tool_choice']],
    [
      'fields that it does not have',
      { user: 'u', metadata: { a: 'b' }, logit_bias: { 1: 1 }, store: true, odd: 1, parallel_tool_calls: false },
      {},
      ['odd', 'logit_bias', 'safety_identifier', 'metadata', 'store', 'parallel_tool_calls'],
    ],
  ])('%s', (_title, fields, expected, noted) => {
    const losses = new Losses()
    const body = cohere.encodeRequest(chat(fields), target, losses)
    expect(body).toEqual({
      model: target.model,
      messages: [{ role: 'user', content: 'hi' }],
      stream: false,
      ...expected,
    })
    expect(losses.list.map(({ field }) => field)).toEqual(noted)
  })

  test('a conversation', () => {
    const image = 'data:image/png;base64,AAAA'
    const messages = [
      { role: 'developer', content: 'be kind' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: image, detail: 'low' } },
        ],
      },
      { role: 'assistant', content: 'I will look.', tool_calls: [call('1'), call('2', 'g')] },
      { role: 'tool', tool_call_id: '1', content: 'one' },
      { role: 'tool', tool_call_id: '2', content: [{ type: 'text', text: 'two' }] },
      { role: 'assistant', content: 'Seen.', reasoning_content: 'hm' },
      { role: 'user', content: 'thanks', name: 'ann' },
    ]
    const losses = new Losses()
    expect(cohere.encodeRequest(chat({}, messages), target, losses)).toMatchObject({
      messages: [
        { role: 'system', content: 'be kind' },
        messages[1],
        { role: 'assistant', tool_plan: 'I will look.', tool_calls: [call('1'), call('2', 'g')] },
        { role: 'tool', tool_call_id: '1', content: 'one' },
        { role: 'tool', tool_call_id: '2', content: 'two' },
        { role: 'assistant', content: 'Seen.' },
        { role: 'user', content: 'thanks' },
      ],
    })
    expect(losses.list.map(({ field }) => field)).toEqual(['messages[6].name', 'messages[5].content'])
  })

  test.each<[string, object, unknown, string]>([
    ['two choices', { n: 2 }, undefined, 'n'],
    ['a hosted tool', { tools: [{ type: 'web_search' }] }, undefined, 'tools[0]'],
    [
      'sound',
      {},
      [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }] }],
      'messages[0].content[0]',
    ],
    ['a call without a result', {}, [{ role: 'assistant', content: null, tool_calls: [call('1')] }], 'messages'],
    ['a result without a call', {}, [{ role: 'tool', tool_call_id: '1', content: 'x' }], 'messages[0].content[0]'],
  ])('%s is rejected', (_title, more, messages, param) => {
    expect(() => cohere.encodeRequest(chat(more, messages), target, new Losses())).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ param }) }),
    )
  })
})

describe('invalid streams', () => {
  const event = (fields: object) => `data: ${JSON.stringify(fields)}\n\n`
  const start = event({ type: 'message-start', id: 'i', delta: { message: {} } })
  const end = event({ type: 'message-end', delta: { finish_reason: 'COMPLETE' } })
  const types = (text: string) => read(Buffer.from(text)).map(({ type }) => type)
  const failure = (text: string): string => {
    try {
      return `no failure but ${types(text).join(' ')}`
    } catch (thrown) {
      return thrown instanceof GatewayError ? thrown.code : String(thrown)
    }
  }
  test.each([
    ['nothing', '', 'upstream_cut'],
    ['no end', start, 'upstream_cut'],
    ['an incomplete event', `${start}data: {"type":`, 'upstream_cut'],
    ['HTML', 'data: <html>\n\n', 'upstream_malformed'],
    ['a list', 'data: []\n\n', 'upstream_malformed'],
    [
      'a delta without a part',
      start + event({ type: 'content-delta', index: 0, delta: { message: { content: { text: 'x' } } } }),
      'upstream_malformed',
    ],
    [
      'a call without a name',
      start + event({ type: 'tool-call-start', index: 0, delta: { message: { tool_calls: { id: 'x' } } } }),
      'upstream_malformed',
    ],
  ])('%s', (_title, text, code) => expect(failure(text)).toBe(code))

  test.each<[string, string, string[]]>([
    ['an unknown event is ignored', start + event({ type: 'news' }) + end, ['start', 'finish']],
    [
      'a part that was never closed is closed',
      start +
        event({ type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: 'x' } } } }) +
        end,
      ['start', 'part-start', 'part-delta', 'part-end', 'finish'],
    ],
    [
      'an error in place of the end',
      start + event({ type: 'message-end', delta: { finish_reason: 'ERROR', error: 'broken' } }),
      ['start', 'error'],
    ],
    ['an error only', event({ message: 'too many' }), ['error']],
    ['events after the end are ignored', start + end + event({ type: 'content-start', index: 0 }), ['start', 'finish']],
  ])('%s', (_title, text, expected) => expect(types(text) as string[]).toEqual(expected))
})

test('the grammar check reports violations', () => {
  const frame = (fields: object) => ({ name: undefined, data: JSON.stringify(fields) })
  const events = [
    frame({ type: 'content-start', index: 1 }),
    frame({ type: 'content-delta', index: 0 }),
    frame({ type: 'message-end', delta: { finish_reason: 'stop' } }),
  ]
  expect(checkStream(events)).toEqual([
    'event 0 is content-start; message-start comes first',
    'content-delta of content 0, which is not open',
    'finish_reason is stop',
    '[DONE] is missing',
  ])
})

test.each([
  ['{"id":"1","message":"invalid api token"}', 'invalid api token', true],
  ['{"message":"too many tokens"}', 'too many tokens', true],
  ['{"error":{"message":"a proxy"}}', 'a proxy', false],
])('the error %s', (text, message, isEnvelope) =>
  expect(cohere.decodeError(text)).toMatchObject({ message, isEnvelope }),
)

test('a failed response is an error', () =>
  expect(() => cohere.decodeResponse({ message: { role: 'assistant' }, finish_reason: 'ERROR' })).toThrow(
    'ended the response with the finish reason ERROR',
  ))
