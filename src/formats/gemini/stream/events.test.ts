import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { eventsOf, framesOf } from '../../../../test/stream-events.ts'
import type { ChatEvent } from '../../../chat/event.ts'
import type { FinishReason } from '../../../chat/finish.ts'
import { fold } from '../../../chat/fold.ts'
import type { ResponsePart, ChatResponse } from '../../../chat/response.ts'
import { unfold } from '../../../chat/unfold.ts'
import { asGatewayError, GatewayError } from '../../../errors.ts'
import { Losses } from '../../translation/losses.ts'
import { checkStream } from '../grammar.ts'
import { gemini, geminiList } from '../index.ts'
import { runs } from '../../../../test/runs.ts'

type Chunk = Record<string, unknown>

const chunk = (parts: unknown, more: object = {}): Chunk => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  responseId: 'r',
})
const STOP = { finishReason: 'STOP' }
const bytesOf = (chunks: readonly unknown[]) =>
  Buffer.from(chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join(''))
const read = (chunks: readonly unknown[]): ChatResponse => fold(eventsOf(gemini, [bytesOf(chunks)]), 'gemini')

describe('a stream folds into', () => {
  const text = (value: string, more: object = {}) => ({ type: 'text', text: value, ...more })
  const call = (name: string, args: string, more: object = {}) =>
    expect.objectContaining({ type: 'tool-call', name, arguments: args, ...more }) as unknown as ResponsePart
  const seal = { origin: 'gemini', signature: 's' }
  test.each<[string, Chunk[], unknown[], FinishReason]>([
    ['its text', [chunk([{ text: 'a' }]), chunk([{ text: 'b' }], STOP)], [text('ab')], 'stop'],
    [
      'thoughts and text',
      [chunk([{ text: 'Hm.', thought: true }]), chunk([{ text: 'a' }], STOP)],
      [{ type: 'reasoning', isSummary: true, text: 'Hm.' }, text('a')],
      'stop',
    ],
    [
      'text signed at its end',
      [chunk([{ text: 'a' }]), chunk([{ text: '', thoughtSignature: 's' }], STOP)],
      [text('a', { seal })],
      'stop',
    ],
    ['a signature alone', [chunk([{ text: '', thoughtSignature: 's' }], STOP)], [text('', { seal })], 'stop'],
    [
      'text after a signature, as a part of its own',
      [chunk([{ text: 'a', thoughtSignature: 's' }]), chunk([{ text: 'b' }], STOP)],
      [text('a', { seal }), text('b')],
      'stop',
    ],
    [
      'two texts of one chunk, as two parts',
      [chunk([{ text: 'a' }, { text: 'b' }], STOP)],
      [text('a'), text('b')],
      'stop',
    ],
    [
      'a call',
      [chunk([{ functionCall: { name: 'f', args: { b: 1, a: 2 }, id: 'x' }, thoughtSignature: 's' }], STOP)],
      [call('f', '{"b":1,"a":2}', { id: 'x', seal })],
      'tool-calls',
    ],
    ['a call without arguments', [chunk([{ functionCall: { name: 'f' } }], STOP)], [call('f', '{}')], 'tool-calls'],
    [
      'a call in pieces',
      [
        chunk([{ functionCall: { name: 'f', willContinue: true } }]),
        chunk([
          {
            functionCall: {
              partialArgs: [
                { jsonPath: '$.a', stringValue: 'x', willContinue: true },
                { jsonPath: "$.b[0]['c d']", numberValue: 1 },
              ],
              willContinue: true,
            },
          },
        ]),
        chunk([
          {
            functionCall: {
              partialArgs: [
                { jsonPath: '$.a', stringValue: 'y' },
                { jsonPath: '$.b[1]', nullValue: null },
                { jsonPath: '$.d', boolValue: false },
              ],
              willContinue: true,
            },
          },
        ]),
        chunk([{ functionCall: {} }]),
        chunk([{ text: '' }], STOP),
      ],
      [call('f', '{"a":"xy","b":[{"c d":1},null],"d":false}')],
      'tool-calls',
    ],
    [
      'a call and text in one chunk',
      [chunk([{ text: 'a' }, { functionCall: { name: 'f' } }], STOP)],
      [text('a'), call('f', '{}')],
      'tool-calls',
    ],
    [
      'a truncated call',
      [chunk([{ functionCall: { name: 'f' } }], { finishReason: 'MAX_TOKENS' })],
      [call('f', '{}')],
      'length',
    ],
    [
      'a call that failed',
      [{ candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'x' }] }],
      [],
      'malformed-tool-call',
    ],
    [
      'an image',
      [chunk([{ inlineData: { mimeType: 'image/png', data: 'AA' } }], STOP)],
      [{ type: 'media', kind: 'image', mediaType: 'image/png', source: { type: 'base64', data: 'AA' } }],
      'stop',
    ],
    [
      'a part of an unknown type',
      [chunk([{ somethingNew: { a: 1 } }], STOP)],
      [{ type: 'native', format: 'gemini', kind: 'somethingNew', value: { somethingNew: { a: 1 } } }],
      'stop',
    ],
    ['nothing, with empty parts', [chunk([{}, { text: '' }], STOP)], [], 'stop'],
    ['nothing, without content', [{ candidates: [{ finishReason: 'STOP' }] }], [], 'stop'],
    ['nothing, for a blocked prompt', [{ promptFeedback: { blockReason: 'SAFETY' } }], [], 'content-filter'],
    ['nothing, blocked for an unknown reason', [{ promptFeedback: { blockReason: 'NEW' } }], [], 'content-filter'],
    ['an unknown finish reason', [chunk([{ text: 'a' }], { finishReason: 'TIRED' })], [text('a')], 'other'],
    [
      'an unknown finish reason, with a call',
      [chunk([{ functionCall: { name: 'f' } }], { finishReason: 'TIRED' })],
      [call('f', '{}')],
      'other',
    ],
    ['a finish reason as a number', [chunk([{ text: 'a' }], { finishReason: 3 })], [text('a')], 'content-filter'],
    [
      'one finish, although every chunk has the reason',
      [chunk([{ text: 'a' }], STOP), chunk([{ text: 'b' }], STOP)],
      [text('ab')],
      'stop',
    ],
    [
      'one finish, although the reason is unspecified until then',
      [chunk([{ text: 'a' }], { finishReason: 'FINISH_REASON_UNSPECIFIED' }), chunk([], STOP)],
      [text('a')],
      'stop',
    ],
  ])('%s', (_title, chunks, parts, reason) => {
    const [choice] = read(chunks).choices
    expect(choice!.parts as unknown[]).toEqual(parts)
    expect(choice!.finish.reason).toBe(reason)
  })

  test('two interleaved candidates', () => {
    const at = (index: number, text: string, more = {}) => ({ content: { parts: [{ text }] }, index, ...more })
    const { choices } = read([
      { candidates: [at(0, 'a'), at(1, 'x')] },
      { candidates: [at(1, 'y', STOP)] },
      { candidates: [at(0, 'b', STOP)] },
    ])
    expect(choices.map(({ parts }) => (parts[0] as { text: string }).text)).toEqual(['ab', 'xy'])
  })

  test('citations with their ranges, counted in bytes', () => {
    const text = 'Größe: 🙂 viel.'
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: 'https://a', title: 'A' } }],
      groundingSupports: [{ segment: { startIndex: 9, endIndex: 13, text: '🙂' }, groundingChunkIndices: [0] }],
      webSearchQueries: ['q'],
    }
    const { choices } = read([
      chunk([{ text: 'Größe: 🙂' }]),
      chunk([{ text: ' viel.' }], { ...STOP, groundingMetadata }),
    ])
    const part = choices[0]!.parts[0] as unknown as { text: string; citations: { start: number; end: number }[] }
    expect(part.text).toBe(text)
    expect(part.citations).toMatchObject([{ start: 7, end: 9, url: 'https://a', title: 'A', quote: '🙂' }])
    expect(choices[0]!.extra).toEqual({ groundingMetadata })
  })

  test.each([
    ['the API', 'citationSources'],
    ['Vertex', 'citations'],
  ])('recitations with their ranges, in the format of %s', (_title, list) => {
    const citationMetadata = {
      [list]: [
        { startIndex: 4, endIndex: 5, uri: 'https://a' },
        { startIndex: 90, endIndex: 99 },
      ],
    }
    const [choice] = read([chunk([{ text: '🙂a.' }], { ...STOP, citationMetadata })]).choices
    const { citations } = choice!.parts[0] as { citations?: object[] }
    expect(citations).toMatchObject([{ start: 2, end: 3, url: 'https://a' }, { native: { format: 'gemini' } }])
    expect(citations![1]).not.toHaveProperty('start')
  })

  test('the last usage', () =>
    expect(
      read([
        { ...chunk([{ text: 'a' }]), usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 } },
        {
          ...chunk([], STOP),
          usageMetadata: {
            promptTokenCount: 9,
            cachedContentTokenCount: 4,
            candidatesTokenCount: 2,
            thoughtsTokenCount: 3,
            toolUsePromptTokenCount: 1,
            totalTokenCount: 15,
          },
        },
      ]).usage,
    ).toEqual({ input: 10, cached: 4, output: 5, reasoning: 3, toolInput: 1 }))
})

describe('unusual bytes of a server', () => {
  const ok = bytesOf([chunk([{ text: 'a' }], STOP)])
  const error = {
    error: { code: 429, message: 'slow', status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '1.5s' }] },
  }
  test.each<[string, Buffer | string, string]>([
    ['an HTML page', '<html>busy</html>\n\n', 'upstream_cut'],
    ['an empty body', '', 'upstream_cut'],
    ['a comment', ': hi\n\n', 'upstream_cut'],
    ['half an event', ok.subarray(0, 30), 'upstream_cut'],
    ['a response without an end', bytesOf([chunk([{ text: 'a' }])]), 'upstream_cut'],
    ['an empty object', bytesOf([{}]), 'upstream_cut'],
    ['invalid JSON', 'data: hello\n\n', 'upstream_malformed'],
    ['an empty list', bytesOf([[]]), 'upstream_malformed'],
    ['a number', bytesOf([7]), 'upstream_malformed'],
    ['candidates that are not a list', bytesOf([{ candidates: {} }]), 'upstream_malformed'],
    ['a candidate that is not an object', bytesOf([{ candidates: [1] }]), 'upstream_malformed'],
    ['parts that are a string', bytesOf([chunk('a')]), 'upstream_malformed'],
    ['a part that is null', bytesOf([chunk([null])]), 'upstream_malformed'],
    ['a call without a name', bytesOf([chunk([{ functionCall: { args: {} } }])]), 'upstream_malformed'],
    [
      'an argument with an invalid path',
      bytesOf([chunk([{ functionCall: { name: 'f', partialArgs: [{ jsonPath: '$..', stringValue: 'a' }] } }])]),
      'upstream_malformed',
    ],
    [
      'an argument with a huge index',
      bytesOf([
        chunk([{ functionCall: { name: 'f', partialArgs: [{ jsonPath: '$.a[4294967294]', stringValue: 'a' }] } }]),
      ]),
      'upstream_malformed',
    ],
    ['the end marker of another format', Buffer.concat([ok, Buffer.from('data: [DONE]\n\n')]), 'stop'],
    ['unknown fields', bytesOf([{ ...chunk([{ text: 'a' }], { ...STOP, mood: 1 }), weather: 2 }]), 'stop'],
    [
      'nulls',
      bytesOf([
        { ...chunk([{ text: 'a' }], { ...STOP, safetyRatings: null }), promptFeedback: null, usageMetadata: null },
      ]),
      'stop',
    ],
    ['a huge index', bytesOf([chunk([{ text: 'a' }], { ...STOP, index: 4_294_967_295 })]), 'stop'],
    ['an error', bytesOf([error]), 'error slow 1500'],
    ['an error after text', bytesOf([chunk([{ text: 'a' }]), error]), 'error slow 1500'],
    [
      "an error without data:, as Vertex's",
      Buffer.concat([bytesOf([chunk([{ text: 'a' }])]), Buffer.from(`${JSON.stringify(error, null, 2)}\n`)]),
      'error slow 1500',
    ],
    ['an error in a list', bytesOf([[error]]), 'error slow 1500'],
    ['text after an error', bytesOf([error, chunk([{ text: 'a' }], STOP)]), 'error slow 1500'],
  ])('%s', (_title, bytes, outcome) => expect(outcomeOf([Buffer.from(bytes)])).toBe(outcome))

  function outcomeOf(pieces: readonly Buffer[]): string {
    try {
      const events = eventsOf(gemini, pieces)
      const last = events.at(-1)!
      if (last.type === 'error') return `error ${last.error.message} ${last.error.retryAfterMs}`
      return fold(events, 'gemini').choices[0]!.finish.reason
    } catch (thrown) {
      return asGatewayError(thrown).code
    }
  }

  test('a prototype key is an ordinary argument', () => {
    const { choices } = read([
      chunk([{ functionCall: { name: 'f', partialArgs: [{ jsonPath: '$.__proto__.x', stringValue: 'a' }] } }], STOP),
    ])
    expect((choices[0]!.parts[0] as { arguments: string }).arguments).toBe('{"__proto__":{"x":"a"}}')
    expect(({} as { x?: string }).x).toBeUndefined()
  })
})

describe('a complete response', () => {
  test.each<[string, unknown, string]>([
    ['as a list of chunks', [chunk([{ text: 'a' }]), chunk([{ text: 'b' }], STOP)], 'stop'],
    ['without a reason', chunk([{ text: 'a' }]), 'other'],
    [
      'for a blocked prompt',
      { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } },
      'content-filter',
    ],
    ['without candidates', { usageMetadata: { promptTokenCount: 3 } }, 'upstream_malformed'],
    ['that is an error', { error: { code: 500, message: 'x' } }, 'upstream_malformed'],
    ['that is a string', 'hello', 'upstream_malformed'],
    ['that is null', null, 'upstream_malformed'],
  ])('%s', (_title, body, outcome) => {
    let seen: string
    try {
      seen = gemini.decodeResponse(body).choices[0]!.finish.reason
    } catch (thrown) {
      seen = asGatewayError(thrown).code
    }
    expect(seen).toBe(outcome)
  })
})

const facts = {
  request: gemini.decodeRequest({ contents: [] }, { model: 'm', stream: true }),
  id: 'id',
  created: 0,
  model: undefined,
}

/** The stream that a client gets for the events, and the losses. */
function encoded(events: readonly ChatEvent[], format = gemini): { text: string; losses: string[] } {
  const losses = new Losses()
  const encoder = format.createEncoder(facts, losses)
  const text = events.map((event) => encoder.push(event)).join('') + encoder.end()
  return { text, losses: losses.list.map(({ field }) => field) }
}
const candidatesOf = (text: string): Chunk[] =>
  framesOf(gemini, [Buffer.from(text)]).flatMap(({ data }) => (JSON.parse(data) as { candidates: Chunk[] }).candidates)

describe('a stream for a client', () => {
  const start: ChatEvent = { type: 'start', id: 'resp', model: 'up' }
  const place = { choice: 0, index: 0 } as const
  const finish = (reason: FinishReason, native?: string): ChatEvent => ({
    type: 'finish',
    choice: 0,
    finish: { reason, ...(native && { native }) },
  })

  test('has one chunk per delta, and a chunk for the finish', () => {
    const { text } = encoded([
      start,
      { type: 'usage', usage: { input: 3, output: 0 } },
      { type: 'part-start', ...place, part: { type: 'text' } },
      { type: 'part-delta', ...place, text: 'Hi' },
      { type: 'part-end', ...place },
      { type: 'usage', usage: { input: 3, output: 5, reasoning: 4 } },
      finish('stop'),
    ])
    const identity = { modelVersion: 'up', responseId: 'resp' }
    expect(text).toBe(
      [
        {
          candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, index: 0 }],
          ...identity,
          usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 0, totalTokenCount: 3 },
        },
        {
          candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, index: 0, finishReason: 'STOP' }],
          ...identity,
          usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 8, thoughtsTokenCount: 4 },
        },
      ]
        .map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`)
        .join(''),
    )
  })

  test('has a complete call with its signature', () => {
    const { text } = encoded([
      start,
      { type: 'part-start', ...place, part: { type: 'tool-call', id: 'toolu_1', name: 'f' } },
      { type: 'part-seal', ...place, seal: { origin: 'gemini', signature: 's' } },
      { type: 'part-delta', ...place, text: '{"a":' },
      { type: 'part-delta', ...place, text: '12345678901234567890}' },
      { type: 'part-end', ...place },
      finish('tool-calls', 'tool_calls'),
    ])
    expect(text.split('\r\n\r\n')[0]).toContain(
      '{"parts":[{"functionCall":{"id":"toolu_1","name":"f","args":{"a":12345678901234567890}},"thoughtSignature":"s"}],"role":"model"}',
    )
    expect(candidatesOf(text).map(({ finishReason }) => finishReason)).toEqual([undefined, 'STOP'])
  })

  test("wraps another provider's signature as bytes that the client returns", () => {
    const { text } = encoded([
      start,
      { type: 'part-start', ...place, part: { type: 'reasoning' } },
      { type: 'part-seal', ...place, seal: { origin: 'anthropic', signature: 'abc' } },
      { type: 'part-end', ...place },
      finish('stop'),
    ])
    const [{ content }] = candidatesOf(text) as [{ content: { parts: [{ thoughtSignature: string }] } }]
    const { thoughtSignature } = content.parts[0]
    expect(Buffer.from(thoughtSignature, 'base64').toString('base64')).toBe(thoughtSignature)
    const back = gemini.decodeRequest(
      { contents: [{ role: 'model', parts: content.parts }] },
      { model: 'm', stream: true },
    )
    expect(back.messages[0]!.parts).toEqual([
      { type: 'reasoning', text: '', isSummary: true, seal: { origin: 'anthropic', signature: 'abc' } },
    ])
  })

  test('leaves out an incomplete call, and reports it', () => {
    const { text, losses } = encoded([
      start,
      { type: 'part-start', ...place, part: { type: 'tool-call', id: 'x', name: 'f' } },
      { type: 'part-delta', ...place, text: '{"a":' },
      { type: 'part-end', ...place },
      finish('length'),
    ])
    expect(candidatesOf(text)).toMatchObject([{ finishReason: 'MAX_TOKENS' }])
    expect(losses).toEqual(['functionCall f'])
  })

  test('has citations of other formats as grounding, in bytes', () => {
    const citation = { start: 1, end: 3, url: 'https://a', title: 'A', native: { format: 'anthropic', value: {} } }
    const { text } = encoded([
      start,
      { type: 'part-start', ...place, part: { type: 'text' } },
      { type: 'part-delta', ...place, text: 'ä🙂.' },
      { type: 'part-citation', ...place, citation },
      { type: 'part-end', ...place },
      finish('stop'),
    ])
    expect(candidatesOf(text).at(-1)!['groundingMetadata']).toEqual({
      groundingChunks: [{ web: { uri: 'https://a', title: 'A' } }],
      groundingSupports: [{ segment: { startIndex: 2, endIndex: 6, text: '🙂' }, groundingChunkIndices: [0] }],
    })
  })

  test.each<[FinishReason, string | undefined, string]>([
    ['stop', 'end_turn', 'STOP'],
    ['tool-calls', 'STOP', 'STOP'],
    ['stop-sequence', 'stop_sequence', 'STOP'],
    ['length', undefined, 'MAX_TOKENS'],
    ['context-full', undefined, 'MAX_TOKENS'],
    ['content-filter', 'RECITATION', 'RECITATION'],
    ['content-filter', 'content_filter', 'SAFETY'],
    ['refusal', 'refusal', 'SAFETY'],
    ['malformed-tool-call', 'UNEXPECTED_TOOL_CALL', 'UNEXPECTED_TOOL_CALL'],
    ['pause', 'pause_turn', 'CONTINUATION'],
    ['other', 'NEW_REASON', 'NEW_REASON'],
    ['other', 'eos', 'OTHER'],
  ])('that ended with %s (%s) has the finish reason %s', (reason, native, word) =>
    expect(candidatesOf(encoded([start, finish(reason, native)]).text).at(-1)!['finishReason']).toBe(word),
  )

  test.each([
    [gemini, 'data: {"error":{"code":502,', '}\r\n\r\n'],
    [geminiList, '[{"error":{"code":502,', '}]'],
  ])('that fails ends with the error', (format, begin, end) => {
    const text = format.createEncoder(facts, new Losses()).fail(new GatewayError('upstream_cut', 'It was cut.'))
    expect(text.startsWith(begin)).toBeTrue()
    expect(text.endsWith(end)).toBeTrue()
    expect(checkStream(framesOf(format, [Buffer.from(text)]))).toEqual([])
  })

  test('as a list is one JSON value', () => {
    const events: ChatEvent[] = [
      start,
      { type: 'part-start', ...place, part: { type: 'text' } },
      { type: 'part-delta', ...place, text: 'Hi' },
      { type: 'part-end', ...place },
      finish('stop'),
    ]
    const { text } = encoded(events, geminiList)
    const { text: asEvents } = encoded(events)
    expect(JSON.parse(text)).toEqual(
      framesOf(gemini, [Buffer.from(asEvents)]).map(({ data }) => JSON.parse(data) as unknown),
    )
    expect(JSON.parse(encoded([], geminiList).text)).toEqual([])
  })
})

const word = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
const seal = fc.option(
  fc.record({
    origin: fc.constantFrom('gemini', 'anthropic'),
    signature: fc.base64String({ minLength: 4, maxLength: 12 }),
  }),
  { nil: undefined },
)
const sealed = (part: object) => seal.map((found) => Object.assign({}, part, found && { seal: found }))
const part = fc.oneof(
  word.chain((text) => sealed({ type: 'text', text })),
  word.chain((text) => sealed({ type: 'reasoning', isSummary: true, text })),
  fc
    .tuple(fc.uuid(), word, fc.dictionary(word, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }))
    .chain(([id, name, args]) => sealed({ type: 'tool-call', id, name, arguments: JSON.stringify(args) })),
  fc.constant({ type: 'media', kind: 'image', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' } }),
) as fc.Arbitrary<ResponsePart>

/** Without consecutive texts, because a stream joins them. */
const separated = (parts: ResponsePart[]): ResponsePart[] =>
  parts.filter(({ type }, at) => !(type === parts[at - 1]?.type && (type === 'text' || type === 'reasoning')))

test('the stream of any response is valid and folds into it', () =>
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 5 }).map(separated),
      fc.constantFrom(gemini, geminiList),
      (parts, format) => {
        const calls = parts.some(({ type }) => type === 'tool-call')
        const answer: ChatResponse = {
          format: 'gemini',
          id: 'r',
          model: 'm',
          choices: [{ parts, finish: { reason: calls ? 'tool-calls' : 'stop', native: 'STOP' } }],
          usage: { input: 3, output: 4 },
        }
        const bytes = Buffer.from(encoded([...unfold(answer)], format).text)
        expect(checkStream(framesOf(format, [bytes]))).toEqual([])
        expect(fold(eventsOf(format, [bytes]), 'gemini')).toEqual(answer)
      },
    ),
    runs(),
  ))

describe('checkStream reports', () => {
  const good = chunk([{ text: 'a' }], STOP)
  test.each<[string, unknown[], string]>([
    ['an empty stream', [], 'the stream is empty'],
    ['a frame that is not an object', ['x'], 'frame 0 is not an object'],
    ['a response that continues after its end', [good, good], 'continues candidate 0 after its end'],
    ['a response without an end', [chunk([{ text: 'a' }])], 'candidate 0 has no finishReason'],
    [
      'another model',
      [
        { ...chunk([{ text: 'a' }]), modelVersion: 'a' },
        { ...good, modelVersion: 'b' },
      ],
      'changes modelVersion',
    ],
    ['a call without a name', [chunk([{ functionCall: {} }], STOP)], 'a call without a name'],
    [
      'a call that does not end',
      [chunk([{ functionCall: { name: 'f', willContinue: true } }], STOP)],
      'ends inside a call',
    ],
    [
      'arguments as text',
      [chunk([{ functionCall: { name: 'f', args: '{}' } }], STOP)],
      'arguments that are not an object',
    ],
    ['two parts in one', [chunk([{ text: 'a', functionCall: { name: 'f' } }], STOP)], 'text and functionCall'],
    [
      'usage that does not add up',
      [{ ...good, usageMetadata: { promptTokenCount: 1, totalTokenCount: 3 } }],
      'has a totalTokenCount of 3, but its counts add up to 1',
    ],
    ['anything after an error', [{ error: { code: 1, message: 'x' } }, good], 'follows an error'],
    [
      'content with the role user',
      [{ ...good, candidates: [{ content: { parts: [], role: 'user' }, ...STOP }] }],
      'whose role is not model',
    ],
  ])('%s', (_title, chunks, problem) =>
    expect(checkStream(chunks.map((one) => ({ name: undefined, data: JSON.stringify(one) }))).join()).toContain(
      problem,
    ),
  )
})
