// Streams, both ways: what servers send, what clients are sent, and what neither may be.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import type { ChatResponse } from '../../chat/response.ts'
import { unfold } from '../../chat/unfold.ts'
import { GatewayError } from '../../errors.ts'
import type { AnswerFacts } from '../format.ts'
import { awsEventStreamFrames } from '../../codecs/framing/aws-event-stream.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { Losses } from '../translation/losses.ts'
import { createDecoder } from './decode-events.ts'
import { decodeRequest } from './decode-request.ts'
import { createEncoder } from './encode-events.ts'
import { encodeResponse } from './encode-response.ts'
import { checkStream } from './grammar.ts'

const FACTS: AnswerFacts = {
  request: decodeRequest({ messages: [] }, { model: 'm', stream: true }),
  id: 'abc',
  created: 1,
  model: undefined,
}

const frame = (name: string, event: unknown): Frame => ({ name, data: JSON.stringify(event) })
const START = frame('messageStart', { role: 'assistant', p: 'abc' })
const begin = (index: number, start: object) => frame('contentBlockStart', { contentBlockIndex: index, start, p: 'a' })
const delta = (index: number, given: object) =>
  frame('contentBlockDelta', { contentBlockIndex: index, delta: given, p: 'abcd' })
const stop = (index: number) => frame('contentBlockStop', { contentBlockIndex: index, p: 'ab' })
const end = (stopReason: string, more: object = {}) => frame('messageStop', { stopReason, ...more, p: 'a' })
const USAGE = { inputTokens: 5, outputTokens: 2, totalTokens: 7 }
const META = frame('metadata', { usage: USAGE, metrics: { latencyMs: 5 }, p: 'abc' })
const call = (id: string, name = 'f') => ({ toolUse: { toolUseId: id, name } })
const input = (text: string) => ({ toolUse: { input: text } })

function read(...frames: Frame[]): ChatEvent[] {
  const decoder = createDecoder()
  return [...frames.flatMap((each) => decoder.push(each)), ...decoder.end()]
}

const answerOf = (...frames: Frame[]): ChatResponse => fold(read(...frames), 'bedrock-converse')
const partsOf = (...frames: Frame[]) => answerOf(START, ...frames, end('end_turn'), META).choices[0]!.parts

describe('parts of a stream', () => {
  test.each<[string, Frame[], unknown[]]>([
    [
      'text, which no start announces and an empty piece ends',
      [delta(0, { text: 'a' }), delta(0, { text: 'b' }), delta(0, { text: '' }), stop(0)],
      [{ type: 'text', text: 'ab' }],
    ],
    ['a text of nothing is none', [delta(0, { text: '' }), stop(0)], []],
    [
      'reasoning with its signature, then text',
      [
        delta(0, { reasoningContent: { text: 't' } }),
        delta(0, { reasoningContent: { text: '' } }),
        delta(0, { reasoningContent: { signature: 's' } }),
        stop(0),
        delta(1, { text: 'a' }),
        stop(1),
      ],
      [
        { type: 'reasoning', text: 't', seal: { origin: 'bedrock-converse', signature: 's' } },
        { type: 'text', text: 'a' },
      ],
    ],
    [
      'hidden reasoning',
      [delta(0, { reasoningContent: { redactedContent: 'aGk=' } }), stop(0)],
      [{ type: 'reasoning', text: '', seal: { origin: 'bedrock-converse', data: 'aGk=' } }],
    ],
    [
      'hidden reasoning in pieces',
      [
        delta(0, { reasoningContent: { redactedContent: 'aA==' } }),
        delta(0, { reasoningContent: { redactedContent: 'aQ==' } }),
        stop(0),
      ],
      [{ type: 'reasoning', text: '', seal: { origin: 'bedrock-converse', data: 'aGk=' } }],
    ],
    [
      'a call in pieces, and one without arguments (it streamed "" where {} was meant)',
      [
        begin(0, call('x')),
        delta(0, input('')),
        delta(0, input('{"a"')),
        delta(0, input(':1}')),
        stop(0),
        begin(1, call('y')),
        delta(1, input('')),
        stop(1),
      ],
      [
        { type: 'tool-call', id: 'x', name: 'f', arguments: '{"a":1}' },
        { type: 'tool-call', id: 'y', name: 'f', arguments: '{}' },
      ],
    ],
    [
      'arguments that are an object already',
      [begin(0, call('x')), delta(0, { toolUse: { input: { a: 1 } } }), stop(0)],
      [{ type: 'tool-call', id: 'x', name: 'f', arguments: '{"a":1}' }],
    ],
    [
      'calls side by side',
      [begin(0, call('x')), begin(1, call('y')), delta(0, input('{}')), delta(1, input('{"b":2}')), stop(1), stop(0)],
      [
        { type: 'tool-call', id: 'x', name: 'f', arguments: '{}' },
        { type: 'tool-call', id: 'y', name: 'f', arguments: '{"b":2}' },
      ],
    ],
    [
      'an index that is given twice is two parts',
      [begin(0, call('x')), delta(0, input('{}')), begin(0, call('y')), delta(0, input('{"b":2}')), stop(0)],
      [
        { type: 'tool-call', id: 'x', name: 'f', arguments: '{}' },
        { type: 'tool-call', id: 'y', name: 'f', arguments: '{"b":2}' },
      ],
    ],
    [
      'text after reasoning under one index',
      [delta(0, { reasoningContent: { text: 't' } }), delta(0, { text: 'a' }), stop(0)],
      [
        { type: 'reasoning', text: 't' },
        { type: 'text', text: 'a' },
      ],
    ],
    ['what never ended', [delta(0, { text: 'a' })], [{ type: 'text', text: 'a' }]],
    [
      'a citation',
      [delta(0, { text: 'a' }), delta(0, { citation: { title: 't' } }), stop(0)],
      [
        {
          type: 'text',
          text: 'a',
          citations: [{ title: 't', native: { format: 'bedrock-converse', value: { title: 't' } } }],
        },
      ],
    ],
    [
      'an image',
      [begin(0, { image: { format: 'png' } }), delta(0, { image: { source: { bytes: 'AAAA' } } }), stop(0)],
      [{ type: 'media', kind: 'image', source: { type: 'base64', data: 'AAAA' }, mediaType: 'image/png' }],
    ],
    [
      "a hosted tool's call and its result",
      [
        begin(0, { toolUse: { toolUseId: 'x', name: 'f', type: 'server_tool_use' } }),
        delta(0, input('{"a":')),
        delta(0, input('1}')),
        stop(0),
        begin(1, { toolResult: { toolUseId: 'x', status: 'success' } }),
        delta(1, { toolResult: [{ text: 'r' }] }),
        delta(1, { toolResult: [{ json: {} }] }),
        stop(1),
      ],
      [
        {
          type: 'native',
          format: 'bedrock-converse',
          kind: 'toolUse',
          value: { toolUse: { toolUseId: 'x', name: 'f', type: 'server_tool_use', input: { a: 1 } } },
        },
        {
          type: 'native',
          format: 'bedrock-converse',
          kind: 'toolResult',
          value: { toolResult: { toolUseId: 'x', status: 'success', content: [{ text: 'r' }, { json: {} }] } },
        },
      ],
    ],
    [
      'a block and a delta newer than this file',
      [
        delta(0, { hologram: { x: 1 } }),
        stop(0),
        begin(1, { prism: { y: 1 } }),
        delta(1, { prism: { z: 2 } }),
        stop(1),
      ],
      [
        { type: 'native', format: 'bedrock-converse', kind: 'hologram', value: { hologram: { x: 1 } } },
        { type: 'native', format: 'bedrock-converse', kind: 'prism', value: { prism: { y: 1, z: 2 } } },
      ],
    ],
    [
      'events newer than this file',
      [frame('heartbeat', {}), delta(0, { text: 'a' }), stop(0), stop(7)],
      [{ type: 'text', text: 'a' }],
    ],
  ])('%s', (_title, frames, parts) => expect(partsOf(...frames)).toEqual(parts as never))
})

describe('the end of a stream', () => {
  test.each<[string, Frame[], object]>([
    [
      'says why, and what it cost',
      [START, end('max_tokens'), META],
      { choices: [{ parts: [], finish: { reason: 'length', native: 'max_tokens' } }], usage: { input: 5, output: 2 } },
    ],
    [
      'keeps a reason newer than this file, and takes it for no normal end',
      [START, end('bored'), META],
      { choices: [{ finish: { reason: 'other', native: 'bored' } }] },
    ],
    [
      'names the sequence that ended it',
      [START, end('stop_sequence', { additionalModelResponseFields: { delta: { stop_sequence: 'x' } } }), META],
      { choices: [{ finish: { reason: 'stop-sequence', native: 'stop_sequence', stopSequence: 'x' } }] },
    ],
    [
      'brings what a guardrail found',
      [START, end('guardrail_intervened'), frame('metadata', { usage: USAGE, trace: { guardrail: {} }, p: 'a' })],
      {
        choices: [
          {
            finish: { reason: 'content-filter', native: 'guardrail_intervened' },
            extra: { trace: { guardrail: {} } },
          },
        ],
      },
    ],
    [
      'says nothing of what is usual',
      [
        START,
        end('end_turn', { additionalModelResponseFields: { delta: { stop_sequence: null } } }),
        frame('metadata', {
          usage: { ...USAGE, serverToolUsage: {} },
          serviceTier: { type: 'default' },
          performanceConfig: { latency: 'standard' },
        }),
      ],
      { choices: [{ parts: [], finish: { reason: 'stop', native: 'end_turn' } }], usage: { input: 5, output: 2 } },
    ],
    [
      'counts what a cache held (it was counted as new, in streams only)',
      [
        START,
        end('end_turn'),
        frame('metadata', {
          usage: {
            inputTokens: 5,
            outputTokens: 2,
            totalTokens: 24,
            cacheReadInputTokens: 7,
            cacheWriteInputTokens: 10,
            cacheDetails: [
              { ttl: '1h', inputTokens: 6 },
              { ttl: '5m', inputTokens: 4 },
            ],
          },
        }),
      ],
      { usage: { input: 22, cached: 7, cacheWrite: 10, cacheWrite1h: 6, output: 2 } },
    ],
    [
      'reads counts under their second names',
      [
        START,
        end('end_turn'),
        frame('metadata', {
          usage: { ...USAGE, cacheReadInputTokenCount: 1, cacheWriteInputTokenCount: 2, totalTokens: 10 },
        }),
      ],
      { usage: { input: 8, cached: 1, cacheWrite: 2, output: 2 } },
    ],
    [
      'may lack its numbers',
      [START, end('end_turn')],
      { choices: [{ parts: [], finish: { reason: 'stop', native: 'end_turn' } }] },
    ],
    ['may come without a beginning', [end('end_turn'), META], { usage: { input: 5, output: 2 } }],
  ])('%s', (_title, frames, expected) =>
    expect(JSON.parse(JSON.stringify(answerOf(...frames)))).toMatchObject(expected),
  )

  test('comes once, whatever follows', () =>
    expect(read(START, end('end_turn'), META, META, delta(0, { text: 'late' })).map(({ type }) => type)).toEqual([
      'start',
      'usage',
      'finish',
    ]))
})

describe('a stream is broken', () => {
  test.each<[string, Frame[], string, string]>([
    ['without its end', [START, delta(0, { text: 'a' }), stop(0)], 'upstream_cut', 'before its message was complete'],
    ['without anything', [], 'upstream_cut', 'before its message was complete'],
    ['by an event that is no JSON', [{ name: 'messageStart', data: '{"a' }], 'upstream_malformed', 'not valid JSON'],
    ['by an event that is a list', [{ name: 'messageStart', data: '[]' }], 'upstream_malformed', 'not a JSON object'],
    [
      'by a delta without one',
      [START, frame('contentBlockDelta', {})],
      'upstream_malformed',
      'without the object delta',
    ],
    [
      'by arguments of no call',
      [START, delta(0, input('{}'))],
      'upstream_malformed',
      'arguments for a tool call that it did not begin',
    ],
    [
      'by arguments within a text',
      [START, delta(0, { text: 'a' }), delta(0, input('{}'))],
      'upstream_malformed',
      'arguments for a tool call that it did not begin',
    ],
    [
      'by a call without a name',
      [START, begin(0, { toolUse: { toolUseId: 'x' } })],
      'upstream_malformed',
      'name is missing',
    ],
    ['by a call without an id', [START, begin(0, call(''))], 'upstream_malformed', 'has no name or no id'],
  ])('%s', (_title, frames, code, message) => {
    expect(() => read(...frames)).toThrow(message)
    expect(() => read(...frames)).toThrow(expect.objectContaining({ code }))
  })
})

describe('an exception within a stream is an error with its kind (they were swallowed, and unmapped)', () => {
  test.each<[string, string, object]>([
    ['throttlingException', '{"message":"slow"}', { status: 429, kind: 'rate-limit', message: 'slow' }],
    ['modelStreamErrorException', '{"message":"m","originalStatusCode":500}', { status: 500, kind: 'internal' }],
    ['modelStreamErrorException', '{"message":"m"}', { status: 424, kind: 'internal' }],
    ['internalServerException', '{"message":"m"}', { status: 500, kind: 'internal' }],
    ['serviceUnavailableException', '{"message":"m"}', { status: 503, kind: 'overloaded' }],
    ['validationException', '{"message":"Input is too long"}', { status: 400, kind: 'context-length' }],
    ['modelTimeoutException', '{"message":"m"}', { status: 408, kind: 'timeout' }],
    ['somethingNewException', '{}', { status: 500, message: 'The upstream gave no message.' }],
    ['InternalFailure', '', { status: 500, kind: 'internal' }],
  ])('%s %s', (name, data, error) => {
    const events = read(START, delta(0, { text: 'a' }), { name, data, isError: true }, end('end_turn'))
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { ...error, type: name } })
    expect(events.map(({ type }) => type)).toEqual(['start', 'part-start', 'part-delta', 'error'])
  })
})

const open = (index: number, part: PartOpening): ChatEvent => ({ type: 'part-start', choice: 0, index, part })
const say = (index: number, text: string): ChatEvent => ({ type: 'part-delta', choice: 0, index, text })
const close = (index: number): ChatEvent => ({ type: 'part-end', choice: 0, index })
const BEGIN: ChatEvent = { type: 'start', id: 'chatcmpl-1', model: 'gpt' }
const FINISH: ChatEvent = { type: 'finish', choice: 0, finish: { reason: 'stop' } }
const text: PartOpening = { type: 'text' }
const toolCall = (id: string): PartOpening => ({ type: 'tool-call', id, name: 'f' })
const framesIn = (bytes: string) => [...awsEventStreamFrames().push(Buffer.from(bytes, 'latin1'))]

function write(...events: ChatEvent[]): { frames: Frame[]; losses: string[] } {
  const losses = new Losses()
  const encoder = createEncoder(FACTS, losses)
  const sent = [BEGIN, ...events].map((event) => encoder.push(event)).join('') + encoder.end()
  return { frames: framesIn(sent), losses: losses.list.map(({ field }) => field) }
}

/** `start toolUse`, `delta {"text":"a"}`, `stop`. */
const shown = (frames: readonly Frame[]): string[] =>
  frames.map(({ name, data }) => {
    const { start, delta: said } = JSON.parse(data) as Record<string, object>
    if (start) return `start ${Object.keys(start).join()}`
    return said ? `delta ${JSON.stringify(said)}` : name!.replace('contentBlockStop', 'stop')
  })

describe('a stream is written', () => {
  test.each<[string, ChatEvent[], string[]]>([
    ['a text', [open(0, text), say(0, 'ü'), close(0), FINISH], ['delta {"text":"ü"}', 'stop']],
    [
      'a spurious empty text first goes unwritten',
      [open(0, text), close(0), open(1, toolCall('c')), say(1, '{}'), close(1), FINISH],
      ['start toolUse', 'delta {"toolUse":{"input":"{}"}}', 'stop'],
    ],
    [
      'calls that grow side by side, one after the other',
      [open(0, toolCall('a')), open(1, toolCall('b')), say(1, '{"b":1}'), say(0, '{}'), close(1), close(0), FINISH],
      [
        'start toolUse',
        'delta {"toolUse":{"input":"{}"}}',
        'stop',
        'start toolUse',
        'delta {"toolUse":{"input":"{\\"b\\":1}"}}',
        'stop',
      ],
    ],
    [
      'a thought that another signed',
      [
        open(0, { type: 'reasoning' }),
        say(0, 'Hm'),
        { type: 'part-seal', choice: 0, index: 0, seal: { origin: 'gemini', signature: 's' } },
        close(0),
        FINISH,
      ],
      [
        'delta {"reasoningContent":{"text":"Hm"}}',
        'delta {"reasoningContent":{"signature":"sluice.1.gemini.s.s"}}',
        'stop',
      ],
    ],
    ['nothing', [FINISH], []],
  ])('%s', (_title, events, blocks) => {
    const { frames } = write(...events)
    expect(checkStream(frames)).toEqual([])
    expect(shown(frames)).toEqual(['messageStart', ...blocks, 'messageStop', 'metadata'])
  })

  test('what has no place is noted', () =>
    expect(
      write(
        { type: 'start', extra: { system_fingerprint: 'x' } },
        { ...open(0, text), choice: 1 } as ChatEvent,
        { type: 'logprobs', choice: 0, tokens: [] },
        open(0, { type: 'native', format: 'gemini', kind: 'executableCode', value: {} }),
        close(0),
        { type: 'usage', usage: { input: 1, output: 1, extra: { cost: 1 } } },
        { type: 'finish', choice: 0, finish: { reason: 'other', native: 'x' }, extra: { y: 1 } },
      ).losses,
    ).toEqual(['system_fingerprint', 'choices', 'logprobs', 'content[0]', 'y', 'stopReason', 'usage.cost']))

  test('a failure is the last event, and what broke stays open', () => {
    const encoder = createEncoder(FACTS, new Losses())
    const sent = [BEGIN, open(0, toolCall('c')), say(0, '{"a"')].map((event) => encoder.push(event)).join('')
    const frames = framesIn(sent + encoder.fail(new GatewayError('upstream_rate_limited', 'Slow.')))
    expect(shown(frames).at(-1)).toBe('throttlingException')
    expect(frames.at(-1)).toEqual({ name: 'throttlingException', data: '{"message":"Slow."}', isError: true })
    expect(checkStream(frames)).toEqual([])
  })

  test.each([
    ['upstream_cut', 'modelStreamErrorException'],
    ['internal', 'internalServerException'],
    ['upstream_overloaded', 'serviceUnavailableException'],
    ['invalid_request', 'validationException'],
    ['upstream_timeout', 'modelStreamErrorException'],
  ] as const)('%s ends it in %s', (code, name) => {
    const [last] = framesIn(createEncoder(FACTS, new Losses()).fail(new GatewayError(code, 'x')))
    expect(last).toMatchObject({ name, isError: true })
  })
})

const word = fc.string({ minLength: 1, maxLength: 8 })
const parts = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('text' as const), text: word }),
    fc.record({
      type: fc.constant('tool-call' as const),
      id: word,
      name: word,
      arguments: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
    }),
    fc.record({
      type: fc.constant('reasoning' as const),
      text: word,
      seal: fc.record({ origin: fc.constantFrom('bedrock-converse', 'gemini'), signature: word }),
    }),
  ),
  { maxLength: 5 },
)

describe('any answer of another language', () => {
  const answers = parts.map((given): ChatResponse => ({
    format: 'gemini',
    choices: [{ parts: given, finish: { reason: 'length' } }],
    usage: { input: 1, output: 1 },
  }))
  const streamed = (response: ChatResponse) => write(...unfold(response)).frames

  test('is streamed by the grammar, and reads back as it was', () =>
    fc.assert(
      fc.property(answers, (response) => {
        const frames = streamed(response)
        expect(checkStream(frames)).toEqual([])
        expect(answerOf(...frames).choices[0]!.parts).toEqual(response.choices[0]!.parts)
      }),
    ))

  test('is the same streamed and whole', () =>
    fc.assert(
      fc.property(answers, (response) => {
        const whole = encodeResponse(response, FACTS, new Losses())
        const again = encodeResponse(answerOf(...streamed(response)), FACTS, new Losses())
        expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(whole)))
      }),
    ))
})

describe('the grammar finds', () => {
  const good = [START, begin(0, call('x')), delta(0, input('{}')), stop(0), end('tool_use'), META]
  test('nothing in a good stream', () => expect(checkStream(good)).toEqual([]))

  test.each<[string, Frame[], string[]]>([
    ['no end', good.slice(0, -1), ['no end']],
    ['a second start', [START, ...good], ['messageStart at the wrong place']],
    ['something after the end', [...good, META], ['metadata after the end']],
    [
      'numbers before the end',
      [START, META, end('end_turn')],
      ['metadata at the wrong place', 'messageStop after the end', 'no end'],
    ],
    ['a gap', [START, delta(1, { text: 'a' }), stop(1), end('end_turn'), META], ['block 1 in place of 0']],
    [
      'a block within another',
      [START, delta(0, { text: 'a' }), delta(1, { text: 'b' }), stop(1), end('end_turn'), META],
      ['block 1 begins within another'],
    ],
    [
      'a block that never ends',
      [START, delta(0, { text: 'a' }), end('end_turn'), META],
      ['messageStop within a block'],
    ],
    ['the end of none', [START, stop(0), end('end_turn'), META], ['the end of block 0, not open']],
    [
      'a text announced',
      [START, begin(0, { text: {} }), stop(0), end('end_turn'), META],
      ['a block of text is announced'],
    ],
    [
      'arguments unannounced',
      [START, delta(0, input('{}')), stop(0), end('end_turn'), META],
      ['toolUse in a block that did not announce it'],
    ],
    [
      'text in a call',
      [START, begin(0, call('x')), delta(0, { text: 'a' }), stop(0), end('tool_use'), META],
      ['text in a block of toolUse'],
    ],
    [
      'a call without a name',
      [START, begin(0, call('x', '')), stop(0), end('tool_use'), META],
      ['a call without name'],
    ],
    [
      'half a call',
      [START, begin(0, call('x')), delta(0, input('{')), stop(0), end('tool_use'), META],
      ['the input of block 0 is no object'],
    ],
    ['a call that is not there', [START, end('tool_use'), META], ['ended for a call that is not there']],
    ['a reason that is none', [START, end('bored'), META], ['no such stop reason: bored']],
    [
      'a sum that is none',
      [START, end('end_turn'), frame('metadata', { usage: { ...USAGE, totalTokens: 9 } })],
      ['a total of 9 in place of 7'],
    ],
    ['no numbers', [START, end('end_turn'), frame('metadata', {})], ['metadata without usage']],
    [
      'an exception without words',
      [START, { name: 'x', data: '{}', isError: true }],
      ['an exception without a message'],
    ],
  ])('%s', (_title, frames, problems) => expect(checkStream(frames)).toEqual(problems))
})
