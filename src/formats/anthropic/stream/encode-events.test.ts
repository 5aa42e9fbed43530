import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import { fold } from '../../../chat/fold.ts'
import type { ChatResponse } from '../../../chat/response.ts'
import { unfold } from '../../../chat/unfold.ts'
import { GatewayError } from '../../../errors.ts'
import type { ResponseFacts } from '../../format.ts'
import type { Frame } from '../../../codecs/framing/frame.ts'
import { readFrames } from '../../../codecs/framing/sse.ts'
import { Losses } from '../../translation/losses.ts'
import { createDecoder } from './decode-events.ts'
import { decodeRequest } from '../request/decode-request.ts'
import { createEncoder } from './encode-events.ts'
import { encodeResponse } from '../response/encode-response.ts'
import { checkStream } from '../grammar.ts'
import { runs } from '../../../../test/runs.ts'

const FACTS: ResponseFacts = {
  request: decodeRequest({ model: 'requested', messages: [] }, { model: undefined, stream: true }),
  id: 'abc',
  created: 1,
  model: undefined,
}

const START: ChatEvent = { type: 'start', id: 'chatcmpl-1', model: 'gpt' }
const open = (index: number, part: PartOpening): ChatEvent => ({ type: 'part-start', choice: 0, index, part })
const say = (index: number, text: string): ChatEvent => ({ type: 'part-delta', choice: 0, index, text })
const close = (index: number): ChatEvent => ({ type: 'part-end', choice: 0, index })
const seal = (index: number, origin: string, signature: string): ChatEvent => ({
  type: 'part-seal',
  choice: 0,
  index,
  seal: { origin, signature },
})
const FINISH: ChatEvent = { type: 'finish', choice: 0, finish: { reason: 'stop' } }
const text: PartOpening = { type: 'text' }
const call = (id: string): PartOpening => ({ type: 'tool-call', id, name: 'f' })

function write(...events: ChatEvent[]): { frames: Frame[]; losses: string[] } {
  const losses = new Losses()
  const encoder = createEncoder(FACTS, losses)
  const sent =
    [...(events[0]?.type === 'start' ? [] : [START]), ...events].map((event) => encoder.push(event)).join('') +
    encoder.end()
  return { frames: readFrames(sent), losses: losses.list.map(({ field }) => field) }
}

/** `start text`, `delta {"text":"a"}`, `stop`. */
const shown = (frames: readonly Frame[]): string[] =>
  frames.map(({ data }) => {
    const { type, content_block: block, delta } = JSON.parse(data) as Record<string, Record<string, unknown>>
    if (block) return `start ${String(block['type'])}`
    if (String(type) !== 'content_block_delta')
      return String(type).replace('content_block_', '').replace('message_', 'm-')
    const { type: _, ...fields } = delta!
    return `delta ${Object.values(fields).map(String).join()}`
  })

describe('a stream is encoded', () => {
  test.each<[string, ChatEvent[], string[]]>([
    [
      'a text',
      [open(0, text), say(0, 'a'), say(0, 'b'), close(0), FINISH],
      ['start text', 'delta a', 'delta b', 'stop'],
    ],
    [
      'a spurious empty text at the start is not written',
      [open(0, text), close(0), open(1, call('c')), say(1, '{}'), close(1), FINISH],
      ['start tool_use', 'delta ', 'delta {}', 'stop'],
    ],
    [
      'arguments that arrive complete with the name are written',
      [open(0, call('c')), say(0, '{"a":1}'), close(0), FINISH],
      ['start tool_use', 'delta ', 'delta {"a":1}', 'stop'],
    ],
    ['a call without arguments', [open(0, call('c')), close(0), FINISH], ['start tool_use', 'delta ', 'stop']],
    [
      'interleaved calls are written one after the other',
      [open(0, call('a')), open(1, call('b')), say(1, '{"b"'), say(0, '{}'), say(1, ':1}'), close(1), close(0), FINISH],
      ['start tool_use', 'delta ', 'delta {}', 'stop', 'start tool_use', 'delta ', 'delta {"b"', 'delta :1}', 'stop'],
    ],
    [
      'parts without an end are closed',
      [open(0, text), say(0, 'a'), open(1, call('c')), say(1, '{}'), FINISH],
      ['start text', 'delta a', 'stop', 'start tool_use', 'delta ', 'delta {}', 'stop'],
    ],
    [
      'unsigned reasoning has a marker instead of a signature',
      [open(0, { type: 'reasoning' }), say(0, 'Hm'), close(0), FINISH],
      ['start thinking', 'delta Hm', 'delta sluice.1.none.s.', 'stop'],
    ],
    [
      'reasoning signed by another provider',
      [open(0, { type: 'reasoning' }), say(0, 'Hm'), seal(0, 'gemini', 's'), close(0), FINISH],
      ['start thinking', 'delta Hm', 'delta sluice.1.gemini.s.s', 'stop'],
    ],
    [
      'a redacted thinking block',
      [
        open(0, { type: 'reasoning', id: 'rs' }),
        { type: 'part-seal', choice: 0, index: 0, seal: { origin: 'openai-responses', data: 'd' } },
        close(0),
        FINISH,
      ],
      ['start redacted_thinking', 'stop'],
    ],
    ['empty reasoning is not written', [open(0, { type: 'reasoning' }), close(0), FINISH], []],
    [
      'the signature of a call is in a block before it',
      [open(0, call('c')), seal(0, 'gemini', 's'), say(0, '{}'), close(0), FINISH],
      ['start thinking', 'delta sluice.1.gemini.s.s', 'stop', 'start tool_use', 'delta ', 'delta {}', 'stop'],
    ],
    [
      'a refusal part',
      [open(0, { type: 'refusal' }), say(0, 'No'), close(0), FINISH],
      ['start text', 'delta No', 'stop'],
    ],
    ['nothing', [FINISH], []],
  ])('%s', (_title, events, blocks) => {
    const { frames } = write(...events)
    expect(checkStream(frames)).toEqual([])
    expect(shown(frames)).toEqual(['m-start', ...blocks, 'm-delta', 'm-stop'])
  })
})

test('nothing is written before the first content, and message_start then has the usage that is known', () => {
  const encoder = createEncoder(FACTS, new Losses())
  expect(encoder.push(START)).toBe('')
  expect(encoder.push({ type: 'usage', usage: { input: 9, cached: 4, output: 0 } })).toBe('')
  expect(encoder.push(open(0, text))).toBe('')
  const [start] = readFrames(encoder.push(say(0, 'a')))
  expect(JSON.parse(start!.data)).toEqual({
    type: 'message_start',
    message: {
      id: 'msg_abc',
      type: 'message',
      role: 'assistant',
      model: 'gpt',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: { input_tokens: 5, cache_creation_input_tokens: 0, cache_read_input_tokens: 4, output_tokens: 0 },
    },
  })
})

test('usage after the finish is in message_delta, cache tokens included; message_start has zeros', () => {
  const { frames } = write(open(0, text), say(0, 'a'), close(0), FINISH, {
    type: 'usage',
    usage: { input: 9, cached: 4, output: 2 },
  })
  const events = frames.map(
    ({ data }) => JSON.parse(data) as { message?: { usage: object }; usage?: object; delta?: object },
  )
  expect(events[0]!.message!.usage).toEqual({
    input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 0,
  })
  expect(events.at(-2)).toEqual({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null, stop_details: null },
    usage: { input_tokens: 5, cache_creation_input_tokens: 0, cache_read_input_tokens: 4, output_tokens: 2 },
  } as never)
})

describe('the stop reason', () => {
  const reasonOf = (...events: ChatEvent[]) =>
    (JSON.parse(write(...events).frames.at(-2)!.data) as { delta: { stop_reason: string } }).delta.stop_reason
  const finish = (reason: 'stop' | 'length' | 'other'): ChatEvent => ({ type: 'finish', choice: 0, finish: { reason } })
  const called = [open(0, call('c')), say(0, '{}'), close(0)]
  test.each<[string, ChatEvent[], string]>([
    ['is tool_use if there is a call, although the upstream ended normally', [...called, finish('stop')], 'tool_use'],
    [
      'is max_tokens if the response was truncated, although there is a call',
      [...called, finish('length')],
      'max_tokens',
    ],
    [
      'is refusal for a refusal part',
      [open(0, { type: 'refusal' }), say(0, 'No'), close(0), finish('stop')],
      'refusal',
    ],
    ['is end_turn for an unknown reason', [finish('other')], 'end_turn'],
  ])('%s', (_title, events, reason) => expect(reasonOf(...events)).toBe(reason))
})

describe('an unsupported part or field is noted as a loss', () => {
  const noted = (...events: ChatEvent[]) => write(...events, FINISH).losses
  test.each<[string, ChatEvent[], string[]]>([
    ['a second choice', [{ ...open(0, text), choice: 1 } as ChatEvent], ['choices']],
    ['log probabilities', [{ type: 'logprobs', choice: 0, tokens: [] }], ['logprobs']],
    ['fields of another format', [{ type: 'start', extra: { own_field: 'x' } }], ['own_field']],
    [
      'an image',
      [open(0, { type: 'media', kind: 'image', source: { type: 'url', url: 'u' } }), close(0)],
      ['content[0]'],
    ],
    [
      "another's hosted tool",
      [open(0, { type: 'native', format: 'gemini', kind: 'executableCode', value: {} }), close(0)],
      ['content[0]'],
    ],
    [
      "another's citation",
      [
        open(0, text),
        say(0, 'a'),
        { type: 'part-citation', choice: 0, index: 0, citation: { native: { format: 'gemini', value: {} } } },
        close(0),
      ],
      ['content[0].citations'],
    ],
    [
      'the signature of a text',
      [open(0, text), say(0, 'a'), seal(0, 'gemini', 's'), close(0)],
      ['content[0]: signature'],
    ],
    [
      'nothing for extra usage numbers of another format',
      [{ type: 'usage', usage: { input: 1, output: 1, extra: { cost: 1 } } }],
      [],
    ],
  ])('%s', (_title, events, fields) => expect(noted(...events)).toEqual(fields))
})

test('a stream of the same format keeps the fields that only this format has', () => {
  const { frames, losses } = write(
    { type: 'start', format: 'anthropic', id: 'msg_own' },
    open(0, { type: 'tool-call', id: 'c', name: 'f', extra: { caller: { type: 'direct' } } }),
    close(0),
    { type: 'usage', usage: { input: 1, output: 1, extra: { inference_geo: 'eu' } } },
    {
      type: 'finish',
      choice: 0,
      finish: { reason: 'other', native: 'compaction' },
      extra: { container: { id: 'k' }, context_management: {} },
    },
  )
  expect(losses).toEqual([])
  expect(JSON.parse(frames[1]!.data)).toMatchObject({ content_block: { caller: { type: 'direct' } } })
  expect(JSON.parse(frames.at(-2)!.data)).toMatchObject({
    delta: { stop_reason: 'compaction', container: { id: 'k' } },
    usage: { inference_geo: 'eu' },
    context_management: {},
  })
})

test('an error is the last event, and the open block stays open', () => {
  const encoder = createEncoder(FACTS, new Losses())
  const sent = [START, open(0, call('c')), say(0, '{"a"')].map((event) => encoder.push(event)).join('')
  const frames = readFrames(sent + encoder.fail(new GatewayError('upstream_cut', 'Cut.')))
  expect(shown(frames)).toEqual(['m-start', 'start tool_use', 'delta ', 'delta {"a"', 'error'])
  expect(JSON.parse(frames.at(-1)!.data)).toEqual({ type: 'error', error: { type: 'api_error', message: 'Cut.' } })
  expect(checkStream(frames)).toEqual([])
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
      seal: fc.record({ origin: fc.constantFrom('anthropic', 'gemini'), signature: word }),
    }),
  ),
  { maxLength: 5 },
)

describe('any response of another format', () => {
  const answers = parts.map((given): ChatResponse => ({
    format: 'gemini',
    choices: [{ parts: given, finish: { reason: 'length' } }],
  }))

  test('is a valid stream, and decodes to the same response', () =>
    fc.assert(
      fc.property(answers, (response) => {
        const { frames } = write(...unfold(response))
        expect(checkStream(frames)).toEqual([])
        const decoder = createDecoder()
        const again = fold([...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()], 'gemini')
        expect(again.choices[0]!.parts).toEqual(response.choices[0]!.parts)
      }),
      runs(),
    ))

  test('is the same as a stream and complete', () =>
    fc.assert(
      fc.property(answers, (response) => {
        const whole = encodeResponse(response, FACTS, new Losses()) as { content: unknown[]; stop_reason: string }
        const { frames } = write(...unfold(response))
        expect(contentOf(frames)).toEqual(JSON.parse(JSON.stringify(whole.content)) as unknown[])
      }),
      runs(),
    ))
})

/** The content that an SDK assembles from a stream. */
function contentOf(frames: readonly Frame[]): unknown[] {
  const blocks: Record<string, unknown>[] = []
  let input = ''
  for (const { data } of frames) {
    const event = JSON.parse(data) as {
      type: string
      content_block: Record<string, unknown>
      delta: Record<string, string>
    }
    if (event.type === 'content_block_start') [input] = ['', blocks.push(event.content_block)]
    const block = blocks.at(-1)
    if (event.type === 'content_block_stop' && input !== '') block!['input'] = JSON.parse(input)
    if (event.type !== 'content_block_delta') continue
    const { type: _, partial_json: more, ...grown } = event.delta
    input += more ?? ''
    for (const [key, value] of Object.entries(grown)) block![key] = String(block![key]) + value
  }
  return blocks
}
