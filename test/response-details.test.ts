// Details of responses that some upstreams express in their own way, in every client's format, whole and streamed.
import { describe, expect, test } from 'bun:test'
import type { JsonObject } from '../src/codecs/json/object.ts'
import { fold } from '../src/chat/fold.ts'
import { testedFormat } from './formats/tested-formats.ts'
import {
  chat,
  claude,
  google,
  readEvents,
  translateRequest,
  translateResponse,
  translateStream,
} from './formats/translate.ts'

const decoded = (upstream: string, whole: object) => testedFormat(upstream).format.decodeResponse(whole)
const folded = (upstream: string, events: readonly object[]) => fold(readEvents(upstream, events), upstream)
const completion = (choice: object, more: object = {}) => ({
  id: 'c',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi.' }, finish_reason: 'stop', ...choice }],
  ...more,
})
const DONE = { name: undefined, data: '[DONE]' }

describe("why Claude refused, in each client's own place", () => {
  const stop_details = { type: 'refusal', category: null, explanation: 'This is about weapons.' }
  const whole = {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: 'refusal',
    stop_details,
    usage: { input_tokens: 1, output_tokens: 1 },
  }
  const events = [
    claude.start(),
    { type: 'message_delta', delta: { stop_reason: 'refusal', stop_details }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ]
  const EXPECTED: Readonly<Record<string, object>> = {
    'openai-chat': { refusal: 'This is about weapons.' },
    'openai-responses': { type: 'refusal', refusal: 'This is about weapons.' },
    gemini: { finishMessage: 'This is about weapons.', finishReason: 'SAFETY' },
  }
  test.each(Object.entries(EXPECTED))('%s', (client, place) => {
    for (const body of [
      translateResponse(client, 'anthropic', whole),
      translateStream(client, 'anthropic', events).events,
    ])
      expect(valuesIn(body)).toContainEqual(expect.objectContaining(place))
  })

  test("and Gemini's message for Anthropic's clients", () => {
    const chunk = google.chunk([{ text: 'La' }], {}, 'RECITATION')
    Object.assign(chunk.candidates[0]!, { finishMessage: 'Recites a song.' })
    const place = { stop_details: { type: 'refusal', category: null, explanation: 'Recites a song.' } }
    expect(translateResponse('anthropic', 'gemini', chunk)).toMatchObject(place)
    expect(valuesIn(translateStream('anthropic', 'gemini', [chunk]).events)).toContainEqual(
      expect.objectContaining(place),
    )
  })

  test('a refusal in words of its own is not repeated', () => {
    const refused = { ...completion({ message: { role: 'assistant', content: null, refusal: 'No.' } }) }
    expect(translateResponse('openai-responses', 'openai-chat', refused)).toMatchObject({
      output: [{ content: [{ type: 'refusal', refusal: 'No.' }] }],
    })
  })
})

function valuesIn(value: unknown): unknown[] {
  const found: unknown[] = []
  JSON.stringify(value, (_key, each: unknown) => (found.push(each), each))
  return found
}

describe('the stop sequence that SGLang reports', () => {
  test.each([
    ['END', { reason: 'stop-sequence', stopSequence: 'END' }],
    [7, { reason: 'stop' }],
    [null, { reason: 'stop' }],
  ])('%p', (matched_stop, finish) => {
    expect(decoded('openai-chat', completion({ matched_stop })).choices[0]!.finish).toMatchObject(finish)
    const end = chat.chunk([{ index: 0, delta: {}, finish_reason: 'stop', matched_stop }])
    expect(folded('openai-chat', [chat.delta({ content: 'Hi.' }), end]).choices[0]!.finish).toMatchObject(finish)
  })

  test("reaches Anthropic's clients", () =>
    expect(translateResponse('anthropic', 'openai-chat', completion({ matched_stop: 'END' }))).toMatchObject({
      stop_reason: 'stop_sequence',
      stop_sequence: 'END',
    }))
})

describe('a filter after a normal end counts', () => {
  test.each(['SAFETY', 'RECITATION', 'PROHIBITED_CONTENT'])('Gemini, %s', (reason) =>
    expect(
      folded('gemini', [google.chunk([{ text: 'La la' }], {}, 'STOP'), google.chunk([], {}, reason)]).choices[0]!
        .finish,
    ).toMatchObject({ reason: 'content-filter', native: reason }),
  )
  test('Gemini, but a STOP after the filter does not', () =>
    expect(
      folded('gemini', [google.chunk([{ text: 'La' }], {}, 'SAFETY'), google.chunk([], {}, 'STOP')]).choices[0]!.finish,
    ).toMatchObject({ reason: 'content-filter' }))
  test('Chat', () =>
    expect(
      folded('openai-chat', [chat.delta({ content: 'La' }), chat.end('stop'), chat.end('content_filter')]).choices[0]!
        .finish,
    ).toMatchObject({ reason: 'content-filter' }))
})

describe('a Chat stream with [DONE] and no finish reason', () => {
  const finishOf = (...events: object[]) => {
    const decoder = testedFormat('openai-chat').format.createDecoder()
    const read = events.flatMap((event) => decoder.push({ name: undefined, data: JSON.stringify(event) }))
    return fold([...read, ...decoder.push(DONE), ...decoder.end()], 'openai-chat').choices[0]!.finish
  }
  const usage = chat.chunk([], { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } })
  test('text and usage: stop', () =>
    expect(finishOf(chat.delta({ content: 'Hi.' }), usage)).toEqual({ reason: 'stop' }))
  test('text alone: stop', () => expect(finishOf(chat.delta({ content: 'Hi.' }))).toEqual({ reason: 'stop' }))
  test('a call: tool calls', () =>
    expect(finishOf(chat.tool(0, 'a', 'f', '{}'), usage)).toEqual({ reason: 'tool-calls' }))
  test('nothing: an error', () => expect(() => finishOf(chat.delta({ role: 'assistant' }))).toThrow('ended its stream'))
})

describe('a blocked prompt without a reason', () => {
  const chunk = { candidates: [], promptFeedback: { blockReasonMessage: 'It is not allowed.' }, modelVersion: 'm' }
  test.each<[string, object, string | undefined]>([
    ['with a message', chunk, 'It is not allowed.'],
    ['with ratings only', { candidates: [], promptFeedback: { safetyRatings: [] } }, undefined],
    ['with an unspecified reason', { promptFeedback: { blockReason: 'BLOCK_REASON_UNSPECIFIED' } }, undefined],
  ])('%s is a filter result', (_title, body, details) => {
    const finish = { reason: 'content-filter', ...(details && { details }) } as const
    expect(decoded('gemini', body).choices[0]!.finish).toMatchObject(finish)
    expect(folded('gemini', [body]).choices[0]!.finish).toMatchObject(finish)
  })
  test('the message is a refusal for Chat clients', () =>
    expect(translateResponse('openai-chat', 'gemini', chunk)).toMatchObject({
      choices: [{ finish_reason: 'content_filter', message: { refusal: 'It is not allowed.' } }],
    }))
  test('no candidates and no feedback is still an invalid response', () =>
    expect(() => decoded('gemini', { candidates: [] })).toThrow('no candidates'))
})

describe("token counts for Anthropic's clients", () => {
  test('tokens that are reported as read and as written count once', () => {
    const usage = {
      prompt_tokens: 2168,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 2161, cache_write_tokens: 2161 },
    }
    const body = translateResponse('anthropic', 'openai-chat', completion({}, { usage }))
    expect(body['usage']).toMatchObject({
      input_tokens: 7,
      cache_read_input_tokens: 2161,
      cache_creation_input_tokens: 0,
    })
  })

  test.each<[string, object, object]>([
    ['read and written', { cached_tokens: 5, cache_write_tokens: 3 }, { read: 5, write: 3, rest: 2 }],
    ['all written', { cached_tokens: 0, cache_write_tokens: 10 }, { read: 0, write: 10, rest: 0 }],
    ['more cached than sent', { cached_tokens: 12 }, { read: 12, write: 0, rest: 0 }],
  ])('%s', (_title, prompt_tokens_details, expected) => {
    const usage = { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details }
    const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens } = translateResponse(
      'anthropic',
      'openai-chat',
      completion({}, { usage }),
    )['usage'] as Record<string, number>
    expect({ read: cache_read_input_tokens, write: cache_creation_input_tokens, rest: input_tokens }).toEqual(
      expected as never,
    )
  })
})

describe('reasoning tokens of a response in several steps', () => {
  const usage = {
    input_tokens: 30,
    output_tokens: 12,
    output_tokens_details: { thinking_tokens: 7 },
    iterations: [
      { type: 'message', input_tokens: 10, output_tokens: 8 },
      { type: 'message', input_tokens: 20, output_tokens: 4 },
    ],
  }
  test('are those of the whole response', () =>
    expect(
      folded('anthropic', [claude.start(usage), ...claude.text(0, 'x'), ...claude.end('end_turn', usage)]).usage,
    ).toMatchObject({
      input: 30,
      output: 12,
      reasoning: 7,
    }))
})

describe('signatures for Responses clients, who did not ask for them', () => {
  const request = {
    format: 'openai-responses',
    model: 'm',
    messages: [],
    tools: [],
    sampling: {},
    stop: [],
    stream: false,
    wantsUsage: false,
  } as const
  const facts = { request, id: 'abc', created: 1, model: undefined }
  const { format } = testedFormat('openai-responses')
  const items = (upstream: string, whole: object) => {
    const body = format.encodeResponse(decoded(upstream, whole), facts, { note: () => {} } as never) as JsonObject
    return (body['output'] as JsonObject[]).map(({ type, encrypted_content }) => [type, encrypted_content])
  }
  const claudeMessage = (content: object[]) => ({
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    model: 'm',
    content,
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  })

  test("Claude's signed thinking", () =>
    expect(
      items(
        'anthropic',
        claudeMessage([
          { type: 'thinking', thinking: 'Hm.', signature: 'SIG' },
          { type: 'text', text: 'x' },
        ]),
      ),
    ).toEqual([
      ['reasoning', 'sluice.1.anthropic.s.SIG'],
      ['message', undefined],
    ]))

  test("Gemini's signed call", () =>
    expect(items('gemini', google.chunk([{ ...google.call('f'), thoughtSignature: 'U0lH' }], {}, 'STOP'))).toEqual([
      ['reasoning', 'sluice.1.gemini.s.U0lH'],
      ['function_call', undefined],
    ]))

  test("Gemini's signed text goes back with it", () => {
    const whole = google.chunk([{ text: 'Hello.', thoughtSignature: 'U0lH' }], {}, 'STOP')
    const streamed = translateStream('openai-responses', 'gemini', [
      google.chunk([{ text: 'Hel' }]),
      google.chunk([{ text: 'lo.' }]),
      google.chunk([{ text: '', thoughtSignature: 'U0lH' }], {}, 'STOP'),
    ]).events.at(-1)!['response'] as JsonObject
    for (const { output } of [translateResponse('openai-responses', 'gemini', whole), streamed]) {
      const input = [{ role: 'user', content: 'x' }, ...(output as object[]), { role: 'user', content: 'y' }]
      expect(
        translateRequest('openai-responses', 'gemini', { model: 'm', input }, 'gemini-3-pro-preview'),
      ).toMatchObject({
        contents: [{}, { role: 'model', parts: [{ text: 'Hello.', thoughtSignature: 'U0lH' }] }, {}],
      })
    }
  })
})

describe('a byte order mark', () => {
  const MARK = Buffer.from([0xef, 0xbb, 0xbf])
  const STREAMS: Readonly<Record<string, string>> = {
    'openai-chat': `data: ${JSON.stringify(chat.delta({ content: 'Hi.' }))}\n\ndata: ${JSON.stringify(chat.end('stop'))}\n\ndata: [DONE]\n\n`,
    anthropic: [claude.start(), ...claude.text(0, 'Hi.'), ...claude.end('end_turn')]
      .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(''),
    gemini: `data: ${JSON.stringify(google.chunk([{ text: 'Hi.' }], {}, 'STOP'))}\n\n`,
    ollama: `${JSON.stringify({ model: 'm', message: { role: 'assistant', content: 'Hi.' }, done: true, done_reason: 'stop' })}\n`,
  }
  describe.each(Object.entries(STREAMS))('before a stream of %s', (upstream, text) => {
    const bytes = Buffer.concat([MARK, Buffer.from(text)])
    test.each([0, 1, 2, 3, 4, 9])('cut after %i bytes', (cut) => {
      const { format } = testedFormat(upstream)
      const frames = format.createFrames()
      const decoder = format.createDecoder()
      const read = [...frames.push(bytes.subarray(0, cut)), ...frames.push(bytes.subarray(cut)), ...frames.end()]
      const events = [...read.flatMap((frame) => decoder.push(frame)), ...decoder.end()]
      expect(fold(events, upstream).choices[0]!.parts).toMatchObject([{ type: 'text', text: 'Hi.' }])
    })
  })
})
