// Decoding and encoding of streams, broken streams, and the stream check.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import { fold } from '../../../chat/fold.ts'
import type { ChatResponse } from '../../../chat/response.ts'
import { unfold } from '../../../chat/unfold.ts'
import { GatewayError } from '../../../errors.ts'
import type { ResponseFacts } from '../../format.ts'
import { awsEventStreamFrames } from '../../../codecs/framing/aws-event-stream.ts'
import type { Frame } from '../../../codecs/framing/frame.ts'
import { Losses } from '../../translation/losses.ts'
import { createDecoder } from './decode-events.ts'
import { decodeRequest } from '../request/decode-request.ts'
import { createEncoder } from './encode-events.ts'
import { encodeResponse } from '../response/encode-response.ts'
import { checkStream } from '../grammar.ts'
import { runs } from '../../../../test/runs.ts'

const FACTS: ResponseFacts = {
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
      'text without a start event, ended by an empty delta',
      [delta(0, { text: 'a' }), delta(0, { text: 'b' }), delta(0, { text: '' }), stop(0)],
      [{ type: 'text', text: 'ab' }],
    ],
    ['an empty text is ignored', [delta(0, { text: '' }), stop(0)], []],
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
      'a call in pieces, and one without arguments (it streamed "" instead of {})',
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
      'arguments as an object',
      [begin(0, call('x')), delta(0, { toolUse: { input: { a: 1 } } }), stop(0)],
      [{ type: 'tool-call', id: 'x', name: 'f', arguments: '{"a":1}' }],
    ],
    [
      'interleaved calls',
      [begin(0, call('x')), begin(1, call('y')), delta(0, input('{}')), delta(1, input('{"b":2}')), stop(1), stop(0)],
      [
        { type: 'tool-call', id: 'x', name: 'f', arguments: '{}' },
        { type: 'tool-call', id: 'y', name: 'f', arguments: '{"b":2}' },
      ],
    ],
    [
      'two blocks with one index',
      [begin(0, call('x')), delta(0, input('{}')), begin(0, call('y')), delta(0, input('{"b":2}')), stop(0)],
      [
        { type: 'tool-call', id: 'x', name: 'f', arguments: '{}' },
        { type: 'tool-call', id: 'y', name: 'f', arguments: '{"b":2}' },
      ],
    ],
    [
      'text after reasoning with the same index',
      [delta(0, { reasoningContent: { text: 't' } }), delta(0, { text: 'a' }), stop(0)],
      [
        { type: 'reasoning', text: 't' },
        { type: 'text', text: 'a' },
      ],
    ],
    ['a block without a stop', [delta(0, { text: 'a' })], [{ type: 'text', text: 'a' }]],
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
      'a block and a delta of unknown types',
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
      'events of unknown types',
      [frame('heartbeat', {}), delta(0, { text: 'a' }), stop(0), stop(7)],
      [{ type: 'text', text: 'a' }],
    ],
  ])('%s', (_title, frames, parts) => expect(partsOf(...frames)).toEqual(parts as never))
})

describe('the end of a stream', () => {
  test.each<[string, Frame[], object]>([
    [
      'has the reason and the usage',
      [START, end('max_tokens'), META],
      { choices: [{ parts: [], finish: { reason: 'length', native: 'max_tokens' } }], usage: { input: 5, output: 2 } },
    ],
    [
      'keeps an unknown reason, which is not a normal end',
      [START, end('bored'), META],
      { choices: [{ finish: { reason: 'other', native: 'bored' } }] },
    ],
    [
      'has the matched stop sequence',
      [START, end('stop_sequence', { additionalModelResponseFields: { delta: { stop_sequence: 'x' } } }), META],
      { choices: [{ finish: { reason: 'stop-sequence', native: 'stop_sequence', stopSequence: 'x' } }] },
    ],
    [
      'has the trace of a guardrail',
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
      'leaves out defaults',
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
      'counts cached tokens (they were counted as new, in streams only)',
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
      'reads counts by their alternative names',
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
      'can lack usage',
      [START, end('end_turn')],
      { choices: [{ parts: [], finish: { reason: 'stop', native: 'end_turn' } }] },
    ],
    ['can come without messageStart', [end('end_turn'), META], { usage: { input: 5, output: 2 } }],
  ])('%s', (_title, frames, expected) =>
    expect(JSON.parse(JSON.stringify(answerOf(...frames)))).toMatchObject(expected),
  )

  test('occurs once, and later events are ignored', () =>
    expect(read(START, end('end_turn'), META, META, delta(0, { text: 'late' })).map(({ type }) => type)).toEqual([
      'start',
      'usage',
      'finish',
    ]))
})

describe('a stream is rejected', () => {
  test.each<[string, Frame[], string, string]>([
    [
      'without messageStop',
      [START, delta(0, { text: 'a' }), stop(0)],
      'upstream_cut',
      'before the message was complete',
    ],
    ['if it is empty', [], 'upstream_cut', 'before the message was complete'],
    [
      'for an event that is not valid JSON',
      [{ name: 'messageStart', data: '{"a' }],
      'upstream_malformed',
      'not valid JSON',
    ],
    ['for an event that is a list', [{ name: 'messageStart', data: '[]' }], 'upstream_malformed', 'not a JSON object'],
    [
      'for a delta event without a delta',
      [START, frame('contentBlockDelta', {})],
      'upstream_malformed',
      'without the object delta',
    ],
    [
      'for arguments without a call',
      [START, delta(0, input('{}'))],
      'upstream_malformed',
      'arguments for a tool call that it did not start',
    ],
    [
      'for arguments inside a text',
      [START, delta(0, { text: 'a' }), delta(0, input('{}'))],
      'upstream_malformed',
      'arguments for a tool call that it did not start',
    ],
    [
      'for a call without a name',
      [START, begin(0, { toolUse: { toolUseId: 'x' } })],
      'upstream_malformed',
      'name is missing',
    ],
    ['for a call without an id', [START, begin(0, call(''))], 'upstream_malformed', 'has no name or no id'],
  ])('%s', (_title, frames, code, message) => {
    expect(() => read(...frames)).toThrow(message)
    expect(() => read(...frames)).toThrow(expect.objectContaining({ code }))
  })
})

describe('an exception inside a stream is an error with its kind (exceptions were ignored or had no kind)', () => {
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
    const { start, delta } = JSON.parse(data) as Record<string, object>
    if (start) return `start ${Object.keys(start).join()}`
    return delta ? `delta ${JSON.stringify(delta)}` : name!.replace('contentBlockStop', 'stop')
  })

describe('a stream is encoded', () => {
  test.each<[string, ChatEvent[], string[]]>([
    ['a text', [open(0, text), say(0, 'ü'), close(0), FINISH], ['delta {"text":"ü"}', 'stop']],
    [
      'a spurious empty text at the start is not written',
      [open(0, text), close(0), open(1, toolCall('c')), say(1, '{}'), close(1), FINISH],
      ['start toolUse', 'delta {"toolUse":{"input":"{}"}}', 'stop'],
    ],
    [
      'interleaved calls are written one after the other',
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
      'reasoning signed by another provider',
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

  test('unsupported parts and fields are noted as losses', () =>
    expect(
      write(
        { type: 'start', extra: { own_field: 'x' } },
        { ...open(0, text), choice: 1 } as ChatEvent,
        { type: 'logprobs', choice: 0, tokens: [] },
        open(0, { type: 'native', format: 'gemini', kind: 'executableCode', value: {} }),
        close(0),
        { type: 'usage', usage: { input: 1, output: 1, extra: { cost: 1 } } },
        { type: 'finish', choice: 0, finish: { reason: 'other', native: 'x' }, extra: { y: 1 } },
      ).losses,
    ).toEqual(['own_field', 'choices', 'logprobs', 'content[0]', 'y', 'stopReason']))

  test('an error is the last event, and the open block stays open', () => {
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

describe('any response of another format', () => {
  const answers = parts.map((given): ChatResponse => ({
    format: 'gemini',
    choices: [{ parts: given, finish: { reason: 'length' } }],
    usage: { input: 1, output: 1 },
  }))
  const streamed = (response: ChatResponse) => write(...unfold(response)).frames

  test('is a valid stream, and decodes to the same response', () =>
    fc.assert(
      fc.property(answers, (response) => {
        const frames = streamed(response)
        expect(checkStream(frames)).toEqual([])
        expect(answerOf(...frames).choices[0]!.parts).toEqual(response.choices[0]!.parts)
      }),
      runs(),
    ))

  test('is the same as a stream and complete', () =>
    fc.assert(
      fc.property(answers, (response) => {
        const whole = encodeResponse(response, FACTS, new Losses())
        const again = encodeResponse(answerOf(...streamed(response)), FACTS, new Losses())
        expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(whole)))
      }),
      runs(),
    ))
})

describe('checkStream reports', () => {
  const good = [START, begin(0, call('x')), delta(0, input('{}')), stop(0), end('tool_use'), META]
  test('no problems in a valid stream', () => expect(checkStream(good)).toEqual([]))

  test.each<[string, Frame[], string[]]>([
    ['a missing end', good.slice(0, -1), ['the stream has no metadata']],
    ['a second start', [START, ...good], ['messageStart in the wrong place']],
    ['an event after the end', [...good, META], ['metadata after the end of the stream']],
    [
      'metadata before messageStop',
      [START, META, end('end_turn')],
      ['metadata in the wrong place', 'messageStop after the end of the stream', 'the stream has no metadata'],
    ],
    [
      'a gap in the block numbers',
      [START, delta(1, { text: 'a' }), stop(1), end('end_turn'), META],
      ['block 1 instead of block 0'],
    ],
    [
      'a block inside another block',
      [START, delta(0, { text: 'a' }), delta(1, { text: 'b' }), stop(1), end('end_turn'), META],
      ['block 1 starts inside another block'],
    ],
    ['a block without a stop', [START, delta(0, { text: 'a' }), end('end_turn'), META], ['messageStop inside a block']],
    ['a stop without its block', [START, stop(0), end('end_turn'), META], ['stop of block 0, which is not open']],
    [
      'a text block with a start event',
      [START, begin(0, { text: {} }), stop(0), end('end_turn'), META],
      ['a text block has a start event'],
    ],
    [
      'arguments without a start event',
      [START, delta(0, input('{}')), stop(0), end('end_turn'), META],
      ['toolUse delta in a block without a toolUse start'],
    ],
    [
      'text in a tool call',
      [START, begin(0, call('x')), delta(0, { text: 'a' }), stop(0), end('tool_use'), META],
      ['text in a toolUse block'],
    ],
    [
      'a call without a name',
      [START, begin(0, call('x', '')), stop(0), end('tool_use'), META],
      ['toolUse has no name'],
    ],
    [
      'an incomplete call',
      [START, begin(0, call('x')), delta(0, input('{')), stop(0), end('tool_use'), META],
      ['the input of block 0 is not a JSON object'],
    ],
    [
      'the reason tool_use without a call',
      [START, end('tool_use'), META],
      ['the stop reason is tool_use, but there is no tool call'],
    ],
    ['an unknown reason', [START, end('bored'), META], ['unknown stop reason: bored']],
    [
      'a wrong total',
      [START, end('end_turn'), frame('metadata', { usage: { ...USAGE, totalTokens: 9 } })],
      ['totalTokens is 9 instead of 7'],
    ],
    ['missing usage', [START, end('end_turn'), frame('metadata', {})], ['metadata has no usage']],
    ['an exception without a message', [START, { name: 'x', data: '{}', isError: true }], ['exception has no message']],
  ])('%s', (_title, frames, problems) => expect(checkStream(frames)).toEqual(problems))
})
