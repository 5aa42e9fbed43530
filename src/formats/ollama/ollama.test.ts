import { describe, expect, test } from 'bun:test'
import { fixtures, loadFixture, streamBytes } from '../../../test/shared.ts'
import type { ChatEvent } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import { unfold } from '../../chat/unfold.ts'
import { GatewayError } from '../../errors.ts'
import type { ResponseFacts, Target } from '../format.ts'
import { ndjsonFrames } from '../../codecs/framing/ndjson.ts'
import { Losses } from '../translation/losses.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { checkStream } from './grammar.ts'
import { ollama } from './index.ts'

const targetOf = (model: string): Target => ({ model, baseModel: model, capabilities: new Set() })
const facts: ResponseFacts = {
  request: ollama.decodeRequest({ messages: [{ role: 'user', content: 'hi' }] }, { model: 'm', stream: false }),
  id: 'abc',
  created: 1,
  model: undefined,
}

/** `/api/generate` is another operation. */
const recorded = fixtures(({ api, file }) => api === 'ollama' && /native-/.test(file)).filter((entry) => {
  const { body, stream } = loadFixture(entry).response
  return JSON.stringify(stream?.[0] ?? body).includes('message')
})
const wholes = recorded.filter(({ framing }) => framing === null)
const streams = recorded.filter(({ framing }) => framing === 'ndjson')

function read(bytes: Uint8Array, at = bytes.length): ChatEvent[] {
  const [frames, decoder] = [ndjsonFrames(), ollama.createDecoder()]
  const found = [...frames.push(bytes.subarray(0, at)), ...frames.push(bytes.subarray(at)), ...frames.end()]
  return [...found.flatMap((frame) => decoder.push(frame)), ...decoder.end()]
}

const written = (events: Iterable<ChatEvent>): string => {
  const encoder = ollama.createEncoder(facts, new Losses())
  let text = ''
  for (const event of events) text += encoder.push(event)
  return text + encoder.end()
}

/** Values that Sluice generates if the server sends none: call ids. Times are written to the second. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'id' || key === 'created_at' ? undefined : inner)))

describe('recorded responses', () => {
  test.each(wholes.map((entry) => [entry.file, entry] as const))(
    '%s is encoded to the same response',
    (_file, entry) => {
      const { body } = loadFixture(entry).response
      const decoded = ollama.decodeResponse(body)
      const known = (body as { prompt_eval_count?: number }).prompt_eval_count
      expect(plain(ollama.encodeResponse(decoded, facts, new Losses()))).toEqual(
        plain({ ...(body as object), prompt_eval_count: known ?? 0 }),
      )
      expect(fold(unfold(decoded), 'ollama')).toEqual(decoded)
    },
  )

  test.each(streams.map((entry) => [entry.file, entry] as const))('%s', (_file, entry) => {
    const bytes = streamBytes(loadFixture(entry))!
    const events = read(bytes)
    const answer = fold(events, 'ollama')
    expect(answer.choices[0]!.parts.length).toBeGreaterThan(0)
    expect(answer.usage!.output).toBeGreaterThan(0)
    const kinds = answer.choices[0]!.parts.map(({ type }) => type)
    expect(kinds.filter((kind) => kind === 'text').length).toBeLessThanOrEqual(1)
    for (let at = 1; at < Math.min(bytes.length, 2000); at += 7) expect(read(bytes, at)).toEqual(events)
    const again = written(events)
    expect(checkStream(ndjsonFrames().push(Buffer.from(again)))).toEqual([])
    expect(plain(fold(read(Buffer.from(again)), 'ollama'))).toEqual(plain(answer))
  })
})

const chat = (more: object, messages: unknown = [{ role: 'user', content: 'hi' }]) =>
  openaiChat.decodeRequest({ model: 'm', messages, ...more }, { model: undefined, stream: undefined })

const tools = ['f', 'g'].map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } }))
const call = (id: string, args = '{"a":1}') => ({ id, type: 'function', function: { name: 'f', arguments: args } })

describe('a Chat Completions request encoded for Ollama', () => {
  test.each<[string, object, object, string[], string?]>([
    [
      'sampling',
      { temperature: 1, top_p: 0.5, min_p: 0.1, seed: 7 },
      { options: { temperature: 1, top_p: 0.5, min_p: 0.1, seed: 7 } },
      [],
    ],
    ['a cap and stops', { max_tokens: 5, stop: 'x' }, { options: { num_predict: 5, stop: ['x'] } }, []],
    ['JSON', { response_format: { type: 'json_object' } }, { format: 'json' }, []],
    [
      'a schema',
      { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } },
      { format: { type: 'object' } },
      [],
    ],
    ['reasoning', { reasoning_effort: 'high' }, { think: true }, []],
    ['the reasoning effort of gpt-oss', { reasoning_effort: 'low' }, { think: 'low' }, [], 'gpt-oss:20b'],
    ['no reasoning', { reasoning_effort: 'none' }, { think: false }, []],
    ['a reasoning budget', { reasoning: { max_tokens: 9 } }, { think: true }, ['reasoning_effort.budget']],
    ['tools', { tools, tool_choice: 'auto' }, { tools }, []],
    ['no call, by sending no tool', { tools, tool_choice: 'none' }, {}, []],
    ['fields that it does not have', { user: 'u', odd: 1 }, {}, ['odd', 'safety_identifier']],
    ['token probabilities', { logprobs: true, top_logprobs: 2 }, { logprobs: true, top_logprobs: 2 }, []],
  ])('%s', (_title, fields, expected, noted, model = 'qwen3') => {
    const losses = new Losses()
    const body = ollama.encodeRequest(chat(fields), targetOf(model), losses)
    expect(body).toEqual({ model, messages: [{ role: 'user', content: 'hi' }], stream: false, ...expected })
    expect(losses.list.map(({ field }) => field)).toEqual(noted)
  })

  test('a conversation', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
    const messages = [
      { role: 'system', content: 'be kind' },
      { role: 'user', content: [{ type: 'text', text: 'look' }, image] },
      {
        role: 'assistant',
        content: '',
        reasoning_content: 'hm',
        tool_calls: [call('1', '{"n":12345678901234567890}')],
      },
      { role: 'tool', tool_call_id: '1', content: 'one' },
    ]
    const body = JSON.stringify(ollama.encodeRequest(chat({}, messages), targetOf('m'), new Losses()))
    expect(body).toContain('12345678901234567890')
    expect(JSON.parse(body)).toMatchObject({
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'look', images: ['AAAA'] },
        { role: 'assistant', content: '', thinking: 'hm', tool_calls: [{ id: '1', function: { name: 'f' } }] },
        { role: 'tool', content: 'one', tool_name: 'f', tool_call_id: '1' },
      ],
    })
  })

  test.each<[string, object, unknown]>([
    ['a required call', { tools, tool_choice: 'required' }, undefined],
    ['one tool by name', { tools, tool_choice: { type: 'function', function: { name: 'f' } } }, undefined],
    ['two choices', { n: 2 }, undefined],
    [
      'an image by URL',
      {},
      [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x/y.png' } }] }],
    ],
    [
      'arguments that are not an object',
      {},
      [
        { role: 'assistant', tool_calls: [call('1', '[1]')] },
        { role: 'tool', tool_call_id: '1', content: '' },
      ],
    ],
  ])('%s is rejected', (_title, more, messages) =>
    expect(() => ollama.encodeRequest(chat(more, messages), targetOf('m'), new Losses())).toThrow(GatewayError),
  )
})

describe('requests of its own clients', () => {
  test('results without ids belong to the oldest open call of their tool', () => {
    const called = (name: string) => ({ function: { name, arguments: {} } })
    const body = {
      model: 'm',
      messages: [
        { role: 'assistant', content: '', tool_calls: [called('f'), called('g'), called('f')] },
        { role: 'tool', content: 'of g', tool_name: 'g' },
        { role: 'tool', content: 'of f' },
        { role: 'tool', content: 'of f too' },
      ],
      options: { num_predict: -1, num_ctx: 9 },
    }
    const request = ollama.decodeRequest(body, { model: undefined, stream: undefined })
    expect(request.stream).toBe(true)
    expect(request.maxOutput).toBeUndefined()
    expect(request.messages.slice(1).map(({ parts }) => parts[0])).toMatchObject([
      { callId: 'call_0_1', name: 'g' },
      { callId: 'call_0_0', name: 'f' },
      { callId: 'call_0_2', name: 'f' },
    ])
    expect(ollama.encodeRequest(request, targetOf('m'), new Losses())).toEqual({
      ...body,
      stream: true,
      options: { num_ctx: 9 },
    })
  })

  test.each<[object, string]>([
    [{}, 'messages'],
    [{ messages: [{}] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: 1 }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', images: [1] }] }, 'messages[0].images[0]'],
    [{ messages: [{ role: 'user' }], format: 1 }, 'format'],
    [{ messages: [{ role: 'user' }], options: { stop: [1] } }, 'options.stop'],
  ])('%j is invalid at %s', (body, field) =>
    expect(() => ollama.decodeRequest(body, { model: 'm', stream: false })).toThrow(field),
  )
})

describe('invalid streams', () => {
  const line = (fields: object) => `${JSON.stringify(fields)}\n`
  const text = line({ model: 'm', message: { role: 'assistant', content: 'x' }, done: false })
  const outcome = (text: string): string => {
    try {
      return read(Buffer.from(text))
        .map(({ type }) => type)
        .join(' ')
    } catch (thrown) {
      return thrown instanceof GatewayError ? thrown.code : String(thrown)
    }
  }
  test.each([
    ['nothing', '', 'upstream_cut'],
    ['no end', text, 'upstream_cut'],
    ['an incomplete line', `${text}{"done":`, 'upstream_cut'],
    ['HTML', '<html>\n', 'upstream_malformed'],
    ['a call without a name', line({ message: { tool_calls: [{ function: {} }] } }), 'upstream_malformed'],
    ['content that is not a string', line({ message: { content: 1 } }), 'upstream_malformed'],
    ['an error', text + line({ error: 'out of memory' }), 'start part-start part-delta error'],
    [
      'an unknown reason',
      text + line({ done: true, done_reason: 'tired' }),
      'start part-start part-delta part-end finish',
    ],
    [
      'a last line without a line end',
      text + line({ done: true, done_reason: 'stop' }).trim(),
      'start part-start part-delta part-end finish',
    ],
  ])('%s', (_title, text, expected) => expect(outcome(text)).toBe(expected))
})

test('the grammar check reports violations', () =>
  expect(
    checkStream([
      {
        name: undefined,
        data: '{"model":"m","done":true,"message":{"role":"assistant","content":"","tool_calls":[{"function":{"arguments":"{}"}}]}}',
      },
    ]),
  ).toEqual(['line 0 has no created_at', 'line 0 ended with undefined', 'line 0 has arguments that are not an object']))

test.each([
  ['{"error":"model \\"x\\" not found"}', 'model "x" not found', true],
  ['{"error":{"message":"a proxy"}}', 'a proxy', false],
])('the error %s', (text, message, isEnvelope) =>
  expect(ollama.decodeError(text)).toMatchObject({ message, isEnvelope }),
)

describe('a call whose arguments are not an object', () => {
  const answerWith = (text: string, finish: 'length' | 'tool-calls') =>
    ({
      format: 'openai-chat',
      choices: [
        {
          parts: [
            { type: 'text', text: 'Well.' },
            { type: 'tool-call', id: '1', name: 'f', arguments: text },
          ],
          finish: { reason: finish },
        },
      ],
    }) as const

  test('is left out of a response that was cut', () => {
    const losses = new Losses()
    const cut = answerWith('{"a":', 'length')
    expect(ollama.encodeResponse(cut, facts, losses)).toMatchObject({
      message: { role: 'assistant', content: 'Well.' },
      done_reason: 'length',
    })
    expect(losses.list.map(({ field }) => field)).toEqual(['message.tool_calls'])
    const lines = ndjsonFrames().push(Buffer.from(written(unfold(cut))))
    expect(checkStream(lines)).toEqual([])
    expect(lines.some(({ data }) => data.includes('tool_calls'))).toBe(false)
  })

  test('is an error of the upstream in a response that was not', () => {
    const wrong = answerWith('[1]', 'tool-calls')
    expect(() => ollama.encodeResponse(wrong, facts, new Losses())).toThrow('not a JSON object')
    expect(() => written(unfold(wrong))).toThrow('not a JSON object')
  })

  test('is an empty object if it is empty', () => {
    const empty = answerWith('', 'tool-calls')
    const call = { id: '1', function: { name: 'f', arguments: {} } }
    expect(ollama.encodeResponse(empty, facts, new Losses())).toMatchObject({ message: { tool_calls: [call] } })
    expect(written(unfold(empty))).toContain(JSON.stringify(call))
  })
})

describe('token probabilities', () => {
  const token = {
    token: 'Hi',
    logprob: -0.5,
    bytes: [72, 105],
    top_logprobs: [{ token: 'Ho', logprob: -1, bytes: null }],
  }
  const head = { model: 'm', created_at: '2026-01-01T00:00:00.000Z' }
  const message = { role: 'assistant', content: 'Hi' }
  const end = { done: true, done_reason: 'stop', prompt_eval_count: 1, eval_count: 1 }

  test('are requested', () => {
    const body = { messages: [{ role: 'user', content: 'hi' }], logprobs: true, top_logprobs: 2 }
    const { sampling } = ollama.decodeRequest(body, { model: 'm', stream: false })
    expect(sampling).toEqual({ logprobs: true, topLogprobs: 2 })
  })

  test('are read and written, whole and streamed', () => {
    const whole = { ...head, message, logprobs: [token], ...end }
    const decoded = ollama.decodeResponse(whole)
    expect(decoded.choices[0]!.logprobs).toMatchObject([{ token: 'Hi', logprob: -0.5, top: [{ token: 'Ho' }] }])
    expect(ollama.encodeResponse(decoded, facts, new Losses())).toEqual(whole)
    const lines = [
      { ...head, message, logprobs: [token], done: false },
      { ...head, message: { role: 'assistant', content: '' }, ...end },
    ]
    const events = read(Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')))
    expect(fold(events, 'ollama').choices[0]!.logprobs).toEqual(decoded.choices[0]!.logprobs!)
    expect(fold(read(Buffer.from(written(events))), 'ollama').choices[0]!.logprobs).toEqual(
      decoded.choices[0]!.logprobs!,
    )
  })
})
