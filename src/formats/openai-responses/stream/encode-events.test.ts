import { describe, expect, test } from 'bun:test'
import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import { fold } from '../../../chat/fold.ts'
import { GatewayError } from '../../../errors.ts'
import type { ResponseFacts } from '../../format.ts'
import { readFrames } from '../../../codecs/framing/sse.ts'
import { Losses } from '../../translation/losses.ts'
import { checkStream } from '../grammar.ts'
import { openaiResponses } from '../index.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const facts = (body: object = {}): ResponseFacts => ({
  request: openaiResponses.decodeRequest({ model: 'asked', input: 'hi', ...body }, { model: undefined, stream: true }),
  id: 'abc',
  created: 9,
  model: undefined,
})
const SEALED = { include: ['reasoning.encrypted_content'] }

const START: ChatEvent = { type: 'start', format: 'anthropic', id: 'msg_x', model: 'claude' }
const FINISH: ChatEvent = { type: 'finish', choice: 0, finish: { reason: 'stop', native: 'end_turn' } }
const open = (index: number, part: PartOpening): ChatEvent => ({ type: 'part-start', choice: 0, index, part })
const say = (index: number, text: string): ChatEvent => ({ type: 'part-delta', choice: 0, index, text })
const close = (index: number): ChatEvent => ({ type: 'part-end', choice: 0, index })
const CALL = { type: 'tool-call', id: 'call_1', name: 'f' } as const

function write(events: readonly ChatEvent[], body: object = {}) {
  const losses = new Losses()
  const encoder = openaiResponses.createEncoder(facts(body), losses)
  const text = events.map((event) => encoder.push(event)).join('') + encoder.end()
  const frames = readFrames(text)
  const sent = frames.map(({ data }) => JSON.parse(data) as JsonObject)
  const { response } = sent.at(-1) as { response: JsonObject }
  return {
    frames,
    sent,
    response,
    output: response['output'] as JsonObject[],
    lost: losses.list.map(({ field }) => field),
  }
}

const named = (sent: readonly JsonObject[]) => sent.map(({ type }) => String(type).replace('response.', ''))

test('a text, event by event', () => {
  const { sent, frames } = write([START, open(0, { type: 'text' }), say(0, 'a'), say(0, 'b'), close(0), FINISH])
  expect(checkStream(frames)).toEqual([])
  const place = { item_id: 'msg_abc_0', output_index: 0, content_index: 0 }
  const part = (text: string) => ({ type: 'output_text', annotations: [], logprobs: [], text })
  const item = { id: 'msg_abc_0', type: 'message', role: 'assistant' }
  expect(sent.slice(2, -1)).toEqual([
    {
      type: 'response.output_item.added',
      sequence_number: 2,
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', sequence_number: 3, ...place, part: part('') },
    { type: 'response.output_text.delta', sequence_number: 4, ...place, delta: 'a', logprobs: [] },
    { type: 'response.output_text.delta', sequence_number: 5, ...place, delta: 'b', logprobs: [] },
    { type: 'response.output_text.done', sequence_number: 6, ...place, text: 'ab', logprobs: [] },
    { type: 'response.content_part.done', sequence_number: 7, ...place, part: part('ab') },
    {
      type: 'response.output_item.done',
      sequence_number: 8,
      output_index: 0,
      item: { ...item, status: 'completed', content: [part('ab')] },
    },
  ])
  expect(sent[0]).toMatchObject({
    type: 'response.created',
    response: { id: 'resp_abc', created_at: 9, model: 'claude', output: [] },
  })
})

describe('a response repeats its request', () => {
  const tools = [{ type: 'function', name: 'f', parameters: { type: 'object' } }, { type: 'web_search' }]
  test.each<[object, object]>([
    [
      {},
      {
        instructions: null,
        tools: [],
        tool_choice: 'auto',
        parallel_tool_calls: true,
        temperature: 1,
        top_p: 1,
        metadata: {},
        text: { format: { type: 'text' } },
        reasoning: { effort: null, summary: null },
        truncation: 'disabled',
        background: false,
        store: false,
        previous_response_id: null,
        max_output_tokens: null,
        usage: null,
        error: null,
        incomplete_details: null,
        completed_at: 9,
      },
    ],
    [{ instructions: 'Be brief.' }, { instructions: 'Be brief.' }],
    [
      { tools, tool_choice: { type: 'function', name: 'f' }, parallel_tool_calls: false },
      {
        tools: [
          { type: 'function', name: 'f', description: null, parameters: { type: 'object' }, strict: false },
          { type: 'web_search' },
        ],
        tool_choice: { type: 'function', name: 'f' },
        parallel_tool_calls: false,
      },
    ],
    [
      { temperature: 0, top_p: 0.5, metadata: { a: 'b' } },
      { temperature: 0, top_p: 0.5, metadata: { a: 'b' } },
    ],
    [
      { text: { format: { type: 'json_object' }, verbosity: 'low' }, reasoning: { effort: 'low' } },
      { text: { format: { type: 'json_object' }, verbosity: 'low' }, reasoning: { effort: 'low', summary: null } },
    ],
    [
      { max_output_tokens: 50, store: true, user: 'u' },
      { max_output_tokens: 50, store: false, safety_identifier: 'u' },
    ],
  ])('%j', (body, expected) => {
    const { response } = write([START, FINISH], body)
    expect(response).toMatchObject(expected)
    expect(openaiResponses.encodeResponse(fold([START, FINISH], 'anthropic'), facts(body), new Losses())).toMatchObject(
      expected,
    )
  })
})

describe('the status of', () => {
  const end = (finish: Extract<ChatEvent, { type: 'finish' }>['finish'], ...events: ChatEvent[]) =>
    write([START, ...events, { type: 'finish', choice: 0, finish }])
  const refusal = [open(0, { type: 'refusal' }), say(0, 'no'), close(0)]
  test.each<[string, ReturnType<typeof end>, object]>([
    ['stop', end({ reason: 'stop' }), { status: 'completed' }],
    ['a stop sequence', end({ reason: 'stop-sequence', stopSequence: 'x' }), { status: 'completed' }],
    [
      'length',
      end({ reason: 'length' }),
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    ],
    ['a full context', end({ reason: 'context-full' }), { incomplete_details: { reason: 'max_output_tokens' } }],
    ['a filter', end({ reason: 'content-filter' }), { incomplete_details: { reason: 'content_filter' } }],
    ['a refusal with text', end({ reason: 'refusal' }, ...refusal), { status: 'completed', incomplete_details: null }],
    ['a refusal without text', end({ reason: 'refusal' }), { incomplete_details: { reason: 'content_filter' } }],
    [
      'a pause',
      end({ reason: 'pause', native: 'pause_turn' }),
      { status: 'completed', native_finish_reason: 'pause_turn' },
    ],
    [
      'an unknown reason',
      end({ reason: 'other', native: 'NO_IMAGE' }),
      { status: 'incomplete', incomplete_details: { reason: 'NO_IMAGE' } },
    ],
    ['no reason', end({ reason: 'other' }), { status: 'completed' }],
    [
      'an invalid call',
      end({ reason: 'malformed-tool-call', native: 'MALFORMED_FUNCTION_CALL' }),
      {
        status: 'failed',
        error: { code: 'server_error', message: expect.stringContaining('MALFORMED_FUNCTION_CALL') },
      },
    ],
  ])('%s', (_, { response, frames, sent }, expected) => {
    expect(response).toMatchObject(expected)
    expect(sent.at(-1)!['type']).toBe(`response.${String(response['status'])}`)
    expect(checkStream(frames)).toEqual([])
  })

  test('the last item of a truncated response is incomplete', () => {
    const { output } = end(
      { reason: 'length' },
      open(0, { type: 'text' }),
      say(0, 'a'),
      close(0),
      open(1, CALL),
      say(1, '{"a'),
      close(1),
    )
    expect(output.map(({ status }) => status)).toEqual(['completed', 'incomplete'])
  })
})

describe('reasoning is encoded', () => {
  const thought = (part: Partial<Extract<PartOpening, { type: 'reasoning' }>>, ...more: ChatEvent[]): ChatEvent[] => [
    START,
    open(0, { type: 'reasoning', ...part }),
    say(0, 'hm'),
    ...more,
    close(0),
    FINISH,
  ]
  const seal = (seal: object): ChatEvent => ({ type: 'part-seal', choice: 0, index: 0, seal: seal as never })

  test.each<[string, ChatEvent[], object, string[], object]>([
    [
      'as reasoning text',
      thought({}),
      {},
      ['content_part.added', 'reasoning_text.delta', 'reasoning_text.done', 'content_part.done'],
      { summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] },
    ],
    [
      'as a summary',
      thought({ isSummary: true }),
      {},
      [
        'reasoning_summary_part.added',
        'reasoning_summary_text.delta',
        'reasoning_summary_text.done',
        'reasoning_summary_part.done',
      ],
      { summary: [{ type: 'summary_text', text: 'hm' }] },
    ],
    [
      'as a summary because the client requests summaries',
      thought({}),
      { reasoning: { summary: 'auto' } },
      [
        'reasoning_summary_part.added',
        'reasoning_summary_text.delta',
        'reasoning_summary_text.done',
        'reasoning_summary_part.done',
      ],
      { summary: [{ type: 'summary_text', text: 'hm' }] },
    ],
    ['without text', [START, open(0, { type: 'reasoning' }), close(0), FINISH], {}, [], { summary: [] }],
  ])('%s', (_, events, body, between, item) => {
    const { sent, output, frames } = write(events, body)
    expect(checkStream(frames)).toEqual([])
    expect(named(sent).slice(3, -2)).toEqual(between)
    expect(output[0]).toMatchObject({ type: 'reasoning', id: 'rs_abc_0', ...item })
  })

  test.each<[string, object, object, string | undefined]>([
    ['a seal of another origin is wrapped', { origin: 'anthropic', signature: 's' }, SEALED, 'sluice.1.anthropic.s.s'],
    ['OpenAI’s own seal is not wrapped', { origin: 'openai-responses', data: 'd' }, SEALED, 'd'],
    [
      'reasoning of another format without a seal has the placeholder',
      { origin: 'none', signature: '' },
      SEALED,
      'sluice.1.none.s.',
    ],
    [
      'a client that does not request seals gets them too',
      { origin: 'anthropic', signature: 's' },
      {},
      'sluice.1.anthropic.s.s',
    ],
  ])('%s', (_, by, body, encrypted) => {
    const { output } = write(thought({}, seal(by)), body)
    expect(output[0]!['encrypted_content']).toBe(encrypted as string)
  })

  test('pieces with the same id are one item', () => {
    const part = (index: number, id: string, text: string) => [
      open(index, { type: 'reasoning', isSummary: true, id }),
      say(index, text),
      close(index),
    ]
    const { output, frames } = write([
      START,
      ...part(0, 'rs_1', 'a'),
      ...part(1, 'rs_1', 'b'),
      ...part(2, 'rs_2', 'c'),
      FINISH,
    ])
    expect(checkStream(frames)).toEqual([])
    expect(output.map(({ id, summary }) => [id, (summary as object[]).length])).toEqual([
      ['rs_1', 2],
      ['rs_2', 1],
    ])
  })

  test('the seal of a call is on reasoning before it, and is read back from there', () => {
    const { output } = write(
      [START, open(0, CALL), seal({ origin: 'gemini', signature: 's' }), say(0, '{}'), close(0), FINISH],
      SEALED,
    )
    expect(output).toMatchObject([
      { type: 'reasoning', summary: [], encrypted_content: 'sluice.1.gemini.s.s' },
      { type: 'function_call', call_id: 'call_1' },
    ])
    const again = openaiResponses.decodeRequest(
      { input: [...output, { type: 'function_call_output', call_id: 'call_1', output: '' }] },
      { model: 'm', stream: false },
    )
    expect(again.messages[0]!.parts).toEqual([{ ...CALL, arguments: '{}', seal: { origin: 'gemini', signature: 's' } }])
  })
})

describe('what cannot be expressed is noted', () => {
  const native = (format: string): ChatEvent[] => [
    START,
    open(0, { type: 'native', format, kind: 'server_tool_use', value: { id: 'x', type: 'server_tool_use' } }),
    close(0),
    FINISH,
  ]
  test.each<[string, ChatEvent[], string[], number]>([
    ['a part of another format', native('anthropic'), ['server_tool_use'], 0],
    ['but not a part of this format', native('openai-responses'), [], 1],
    ['fields of another format', [{ ...START, extra: { container: 1 } }, FINISH], ['container'], 0],
    ['several choices', [START, { ...open(0, { type: 'text' }), choice: 1 } as ChatEvent, FINISH], ['choices'], 0],
    [
      'speech',
      [START, open(0, { type: 'media', kind: 'audio', source: { type: 'base64', data: '' } }), close(0), FINISH],
      ['audio'],
      0,
    ],
    [
      'a citation without a URL',
      [
        START,
        open(0, { type: 'text' }),
        {
          type: 'part-citation',
          choice: 0,
          index: 0,
          citation: { quote: 'a', native: { format: 'anthropic', value: {} } },
        },
        close(0),
        FINISH,
      ],
      ['citations'],
      1,
    ],
    [
      'nothing for a signed text, whose signature follows it',
      [
        START,
        open(0, { type: 'text' }),
        { type: 'part-seal', choice: 0, index: 0, seal: { origin: 'gemini', signature: 's' } },
        close(0),
        FINISH,
      ],
      [],
      2,
    ],
  ])('%s', (_, events, lost, items) => {
    const written = write(events)
    expect(written.lost).toEqual(lost)
    expect(written.output).toHaveLength(items)
  })
})

test('log probabilities are in the deltas of their text, and never of another text', () => {
  const tokens = (token: string): ChatEvent => ({
    type: 'logprobs',
    choice: 0,
    tokens: [{ token, logprob: 0, top: [] }],
  })
  const text = (index: number, ...events: ChatEvent[]) => [open(index, { type: 'text' }), ...events, close(index)]
  const { sent, output } = write([
    START,
    ...text(0, tokens('a'), say(0, 'a'), say(0, 'b'), tokens('b')),
    ...text(1, say(1, 'c')),
    tokens('c'),
    FINISH,
  ])
  const tokensOf = (event: JsonObject) => (event['logprobs'] as JsonObject[]).map(({ token }) => token)
  expect(sent.filter(({ type }) => type === 'response.output_text.delta').map(tokensOf)).toEqual([['a'], [], []])
  expect((output[0]!['content'] as JsonObject[]).map(tokensOf)).toEqual([['a', 'b'], ['c']])
})

describe('defects of other gateways', () => {
  test('a call without arguments has {}, and {} is never prepended to others', () => {
    const { output } = write([
      START,
      open(0, CALL),
      close(0),
      open(1, { ...CALL, id: 'call_2' }),
      say(1, '{"a":1}'),
      close(1),
      FINISH,
    ])
    expect(output.map((item) => item['arguments'])).toEqual(['{}', '{"a":1}'])
  })

  test('every delta belongs to an announced item, ids do not change, and no index is repeated', () => {
    const events = [
      START,
      open(0, { type: 'text' }),
      open(1, CALL),
      say(1, '{'),
      say(0, 'a'),
      say(1, '}'),
      close(1),
      say(0, 'b'),
      close(0),
      FINISH,
    ]
    const { frames, sent, output } = write(events)
    expect(checkStream(frames)).toEqual([])
    const announced = sent
      .filter(({ type }) => type === 'response.output_item.added')
      .map((event) => event['output_index'])
    expect(announced).toEqual([0, 1])
    expect(output).toMatchObject([{ content: [{ text: 'ab' }] }, { arguments: '{}' }])
  })

  test('a failure mid-stream is sent, and no incomplete item is ended', () => {
    const encoder = openaiResponses.createEncoder(facts(), new Losses())
    const begun = [START, open(0, CALL), say(0, '{"a')].map((event) => encoder.push(event)).join('')
    const end = encoder.fail(new GatewayError('upstream_cut', 'The upstream ended its stream.'))
    const frames = readFrames(begun + end)
    expect(checkStream(frames)).toEqual([])
    expect(frames.slice(-2).map(({ name }) => name)).toEqual(['error', 'response.failed'])
    expect(end).not.toContain('.done')
    expect(JSON.parse(frames.at(-1)!.data)).toMatchObject({
      response: {
        status: 'failed',
        output: [],
        error: { code: 'upstream_cut', message: 'The upstream ended its stream.' },
      },
    })
  })

  test('missing counts are 0, and the details are always present', () => {
    const { response } = write([START, { type: 'usage', usage: { input: 5, output: 3 } }, FINISH])
    expect(response['usage']).toEqual({
      input_tokens: 5,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 8,
    })
  })

  test('cached tokens are reported at the end of a stream as in a complete response', () => {
    const usage: ChatEvent = { type: 'usage', usage: { input: 5, cached: 4, cacheWrite: 1, output: 3, reasoning: 2 } }
    const { response } = write([START, usage, FINISH])
    const whole = openaiResponses.encodeResponse(
      fold([START, usage, FINISH], 'anthropic'),
      facts(),
      new Losses(),
    ) as JsonObject
    expect(response['usage']).toEqual(whole['usage'])
    expect(response['usage']).toMatchObject({ input_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 } })
  })

  test('an upstream id with quotes is escaped', () => {
    const { frames } = write([START, open(0, { type: 'reasoning', id: 'rs_"x' }), say(0, 'a'), close(0), FINISH])
    expect(checkStream(frames)).toEqual([])
  })
})
