import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { eventsOf, framesOf } from '../../../test/stream-events.ts'
import type { ChatEvent } from '../../chat/event.ts'
import type { FinishReason } from '../../chat/finish.ts'
import { fold } from '../../chat/fold.ts'
import type { AnswerPart, ChatResponse } from '../../chat/response.ts'
import { unfold } from '../../chat/unfold.ts'
import { asGatewayError, GatewayError } from '../../errors.ts'
import { Losses } from '../translation/losses.ts'
import { checkStream } from './grammar.ts'
import { gemini, geminiList } from './index.ts'

type Chunk = Record<string, unknown>

const chunk = (parts: unknown, more: object = {}): Chunk => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  responseId: 'r',
})
const STOP = { finishReason: 'STOP' }
const bytesOf = (chunks: readonly unknown[]) =>
  Buffer.from(chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join(''))
const read = (chunks: readonly unknown[]): ChatResponse => fold(eventsOf(gemini, [bytesOf(chunks)]), 'gemini')

describe('a stream amounts to', () => {
  const text = (said: string, more: object = {}) => ({ type: 'text', text: said, ...more })
  const call = (name: string, args: string, more: object = {}) =>
    expect.objectContaining({ type: 'tool-call', name, arguments: args, ...more }) as unknown as AnswerPart
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
      'text behind a signature, apart',
      [chunk([{ text: 'a', thoughtSignature: 's' }]), chunk([{ text: 'b' }], STOP)],
      [text('a', { seal }), text('b')],
      'stop',
    ],
    ['two texts of one chunk, apart', [chunk([{ text: 'a' }, { text: 'b' }], STOP)], [text('a'), text('b')], 'stop'],
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
      'a call that was cut off',
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
      'a picture',
      [chunk([{ inlineData: { mimeType: 'image/png', data: 'AA' } }], STOP)],
      [{ type: 'media', kind: 'image', mediaType: 'image/png', source: { type: 'base64', data: 'AA' } }],
      'stop',
    ],
    [
      'a part newer than this',
      [chunk([{ somethingNew: { a: 1 } }], STOP)],
      [{ type: 'native', format: 'gemini', kind: 'somethingNew', value: { somethingNew: { a: 1 } } }],
      'stop',
    ],
    ['nothing, with parts that are empty', [chunk([{}, { text: '' }], STOP)], [], 'stop'],
    ['nothing, without content', [{ candidates: [{ finishReason: 'STOP' }] }], [], 'stop'],
    ['nothing, of a prompt that was blocked', [{ promptFeedback: { blockReason: 'SAFETY' } }], [], 'content-filter'],
    [
      'nothing, blocked for a reason newer than this',
      [{ promptFeedback: { blockReason: 'NEW' } }],
      [],
      'content-filter',
    ],
    ['an end newer than this', [chunk([{ text: 'a' }], { finishReason: 'TIRED' })], [text('a')], 'other'],
    [
      'an end newer than this, with a call',
      [chunk([{ functionCall: { name: 'f' } }], { finishReason: 'TIRED' })],
      [call('f', '{}')],
      'other',
    ],
    ['an end as a number', [chunk([{ text: 'a' }], { finishReason: 3 })], [text('a')], 'content-filter'],
    [
      'one end, though every chunk has it',
      [chunk([{ text: 'a' }], STOP), chunk([{ text: 'b' }], STOP)],
      [text('ab')],
      'stop',
    ],
    [
      'one end, though none is said until then',
      [chunk([{ text: 'a' }], { finishReason: 'FINISH_REASON_UNSPECIFIED' }), chunk([], STOP)],
      [text('a')],
      'stop',
    ],
  ])('%s', (_title, chunks, parts, reason) => {
    const [choice] = read(chunks).choices
    expect(choice!.parts as unknown[]).toEqual(parts)
    expect(choice!.finish.reason).toBe(reason)
  })

  test('two answers side by side', () => {
    const at = (index: number, text: string, more = {}) => ({ content: { parts: [{ text }] }, index, ...more })
    const { choices } = read([
      { candidates: [at(0, 'a'), at(1, 'x')] },
      { candidates: [at(1, 'y', STOP)] },
      { candidates: [at(0, 'b', STOP)] },
    ])
    expect(choices.map(({ parts }) => (parts[0] as { text: string }).text)).toEqual(['ab', 'xy'])
  })

  test('sources at their places, counted in bytes', () => {
    const said = 'Größe: 🙂 viel.'
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
    expect(part.text).toBe(said)
    expect(part.citations).toMatchObject([{ start: 7, end: 9, url: 'https://a', title: 'A', quote: '🙂' }])
    expect(choices[0]!.extra).toEqual({ groundingMetadata })
  })

  test.each([
    ['the API', 'citationSources'],
    ['Vertex', 'citations'],
  ])('recited words at their places, as %s tells them', (_title, list) => {
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

  test('the usage that was told last', () =>
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

describe('what a server may send', () => {
  const ok = bytesOf([chunk([{ text: 'a' }], STOP)])
  const error = {
    error: { code: 429, message: 'slow', status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '1.5s' }] },
  }
  test.each<[string, Buffer | string, string]>([
    ['a page of HTML', '<html>busy</html>\n\n', 'upstream_cut'],
    ['nothing', '', 'upstream_cut'],
    ['a comment', ': hi\n\n', 'upstream_cut'],
    ['half an event', ok.subarray(0, 30), 'upstream_cut'],
    ['an answer without an end', bytesOf([chunk([{ text: 'a' }])]), 'upstream_cut'],
    ['an empty object', bytesOf([{}]), 'upstream_cut'],
    ['no JSON', 'data: hello\n\n', 'upstream_malformed'],
    ['a list of nothing', bytesOf([[]]), 'upstream_malformed'],
    ['a number', bytesOf([7]), 'upstream_malformed'],
    ['candidates that are none', bytesOf([{ candidates: {} }]), 'upstream_malformed'],
    ['a candidate that is none', bytesOf([{ candidates: [1] }]), 'upstream_malformed'],
    ['parts that are none', bytesOf([chunk('a')]), 'upstream_malformed'],
    ['a part that is none', bytesOf([chunk([null])]), 'upstream_malformed'],
    ['a call without a name', bytesOf([chunk([{ functionCall: { args: {} } }])]), 'upstream_malformed'],
    [
      'a piece that leads nowhere',
      bytesOf([chunk([{ functionCall: { name: 'f', partialArgs: [{ jsonPath: '$..', stringValue: 'a' }] } }])]),
      'upstream_malformed',
    ],
    [
      'a piece far away',
      bytesOf([
        chunk([{ functionCall: { name: 'f', partialArgs: [{ jsonPath: '$.a[4294967294]', stringValue: 'a' }] } }]),
      ]),
      'upstream_malformed',
    ],
    ['a word of another language behind the end', Buffer.concat([ok, Buffer.from('data: [DONE]\n\n')]), 'stop'],
    ['fields newer than this', bytesOf([{ ...chunk([{ text: 'a' }], { ...STOP, mood: 1 }), weather: 2 }]), 'stop'],
    [
      'nulls',
      bytesOf([
        { ...chunk([{ text: 'a' }], { ...STOP, safetyRatings: null }), promptFeedback: null, usageMetadata: null },
      ]),
      'stop',
    ],
    ['an index out of the world', bytesOf([chunk([{ text: 'a' }], { ...STOP, index: 4_294_967_295 })]), 'stop'],
    ['an error', bytesOf([error]), 'error slow 1500'],
    ['an error behind text', bytesOf([chunk([{ text: 'a' }]), error]), 'error slow 1500'],
    [
      "an error without data:, as Vertex's",
      Buffer.concat([bytesOf([chunk([{ text: 'a' }])]), Buffer.from(`${JSON.stringify(error, null, 2)}\n`)]),
      'error slow 1500',
    ],
    ['an error in a list', bytesOf([[error]]), 'error slow 1500'],
    ['text behind an error', bytesOf([error, chunk([{ text: 'a' }], STOP)]), 'error slow 1500'],
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

  test('a prototype is no argument', () => {
    const { choices } = read([
      chunk([{ functionCall: { name: 'f', partialArgs: [{ jsonPath: '$.__proto__.x', stringValue: 'a' }] } }], STOP),
    ])
    expect((choices[0]!.parts[0] as { arguments: string }).arguments).toBe('{"__proto__":{"x":"a"}}')
    expect(({} as { x?: string }).x).toBeUndefined()
  })
})

describe('a whole answer', () => {
  test.each<[string, unknown, string]>([
    ['as the pieces of a list', [chunk([{ text: 'a' }]), chunk([{ text: 'b' }], STOP)], 'stop'],
    ['without a reason', chunk([{ text: 'a' }]), 'other'],
    [
      'of a prompt that was blocked',
      { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } },
      'content-filter',
    ],
    ['without candidates', { usageMetadata: { promptTokenCount: 3 } }, 'upstream_malformed'],
    ['that is an error', { error: { code: 500, message: 'x' } }, 'upstream_malformed'],
    ['that is text', 'hello', 'upstream_malformed'],
    ['that is nothing', null, 'upstream_malformed'],
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

/** What a client gets of the events, and what was lost. */
function told(events: readonly ChatEvent[], format = gemini): { text: string; losses: string[] } {
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

  test('has one chunk a delta, and its end alone', () => {
    const { text } = told([
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

  test('has a call whole, with its signature', () => {
    const { text } = told([
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

  test("wraps another's signature as bytes that come back", () => {
    const { text } = told([
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

  test('leaves out half a call, and says so', () => {
    const { text, losses } = told([
      start,
      { type: 'part-start', ...place, part: { type: 'tool-call', id: 'x', name: 'f' } },
      { type: 'part-delta', ...place, text: '{"a":' },
      { type: 'part-end', ...place },
      finish('length'),
    ])
    expect(candidatesOf(text)).toMatchObject([{ finishReason: 'MAX_TOKENS' }])
    expect(losses).toEqual(['functionCall f'])
  })

  test('has sources of other languages as grounding, in bytes', () => {
    const citation = { start: 1, end: 3, url: 'https://a', title: 'A', native: { format: 'anthropic', value: {} } }
    const { text } = told([
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
  ])('that ended with %s (%s) says %s', (reason, native, word) =>
    expect(candidatesOf(told([start, finish(reason, native)]).text).at(-1)!['finishReason']).toBe(word),
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
    const { text } = told(events, geminiList)
    const { text: asEvents } = told(events)
    expect(JSON.parse(text)).toEqual(
      framesOf(gemini, [Buffer.from(asEvents)]).map(({ data }) => JSON.parse(data) as unknown),
    )
    expect(JSON.parse(told([], geminiList).text)).toEqual([])
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
) as fc.Arbitrary<AnswerPart>

/** Text goes on where it was, so two texts in a row are one. */
const apart = (parts: AnswerPart[]): AnswerPart[] =>
  parts.filter(({ type }, at) => !(type === parts[at - 1]?.type && (type === 'text' || type === 'reasoning')))

test('whatever the answer, its stream keeps to the grammar and amounts to it', () =>
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }).map(apart), fc.constantFrom(gemini, geminiList), (parts, format) => {
      const calls = parts.some(({ type }) => type === 'tool-call')
      const answer: ChatResponse = {
        format: 'gemini',
        id: 'r',
        model: 'm',
        choices: [{ parts, finish: { reason: calls ? 'tool-calls' : 'stop', native: 'STOP' } }],
        usage: { input: 3, output: 4 },
      }
      const bytes = Buffer.from(told([...unfold(answer)], format).text)
      expect(checkStream(framesOf(format, [bytes]))).toEqual([])
      expect(fold(eventsOf(format, [bytes]), 'gemini')).toEqual(answer)
    }),
  ))

describe('the grammar finds', () => {
  const good = chunk([{ text: 'a' }], STOP)
  test.each<[string, unknown[], string]>([
    ['an empty stream', [], 'the stream is empty'],
    ['what is no object', ['x'], 'frame 0 is no object'],
    ['an answer that goes on after its end', [good, good], 'goes on with candidate 0 after its end'],
    ['an answer without an end', [chunk([{ text: 'a' }])], 'candidate 0 has no finishReason'],
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
      'ends within a call',
    ],
    ['arguments as text', [chunk([{ functionCall: { name: 'f', args: '{}' } }], STOP)], 'arguments that are no object'],
    ['two parts in one', [chunk([{ text: 'a', functionCall: { name: 'f' } }], STOP)], 'text and functionCall'],
    [
      'usage that does not add up',
      [{ ...good, usageMetadata: { promptTokenCount: 1, totalTokenCount: 3 } }],
      'counts 1 tokens and says 3',
    ],
    ['anything after an error', [{ error: { code: 1, message: 'x' } }, good], 'comes after an error'],
    [
      'a user as the speaker',
      [{ ...good, candidates: [{ content: { parts: [], role: 'user' }, ...STOP }] }],
      'not by the model',
    ],
  ])('%s', (_title, chunks, problem) =>
    expect(checkStream(chunks.map((one) => ({ name: undefined, data: JSON.stringify(one) }))).join()).toContain(
      problem,
    ),
  )
})
