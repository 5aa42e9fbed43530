import { describe, expect, test } from 'bun:test'
import { answerFacts, testedFormat } from '../../../test/formats/tested-formats.ts'
import { chat, google, readEvents } from '../../../test/formats/translate.ts'
import { Losses } from './losses.ts'

/** The fields that a client is told about, for a whole response and for a stream. */
function noted(client: string, upstream: string, whole: object, events: readonly object[]): readonly string[][] {
  const { format } = testedFormat(client)
  const [ofWhole, ofStream] = [new Losses(), new Losses()]
  format.encodeResponse(testedFormat(upstream).format.decodeResponse(whole), answerFacts(client), ofWhole)
  const encoder = format.createEncoder(answerFacts(client), ofStream)
  for (const event of readEvents(upstream, events)) encoder.push(event)
  encoder.end()
  return [ofWhole, ofStream].map(({ list }) => list.map(({ field }) => field))
}

const clients = (upstream: string) =>
  ['openai-chat', 'openai-responses', 'anthropic', 'gemini', 'bedrock-converse', 'cohere', 'ollama'].filter(
    (client) => client !== upstream,
  )

/** A response of OpenAI's with everything that it repeats of its request. */
const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  completed_at: 2,
  status: 'completed',
  background: false,
  billing: { payer: 'developer' },
  error: null,
  frequency_penalty: 0,
  incomplete_details: null,
  instructions: 'Be brief.',
  max_output_tokens: 99,
  max_tool_calls: null,
  metadata: { a: 'b' },
  model: 'm',
  moderation: null,
  output: [
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hi.', annotations: [] }],
    },
  ],
  parallel_tool_calls: true,
  presence_penalty: 0,
  previous_response_id: null,
  prompt_cache_key: 'k',
  prompt_cache_retention: '24h',
  reasoning: { effort: 'low', summary: null },
  safety_identifier: null,
  service_tier: 'default',
  store: false,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [{ type: 'function', name: 'f', parameters: {}, strict: true }],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  user: null,
}
const CHAT = {
  system_fingerprint: 'fp_1',
  provider: 'x',
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: { filtered: false } } }],
  timings: { prompt_ms: 1 },
  x_groq: { id: 'req_1' },
}
const GEMINI = {
  createTime: '2026-01-01T00:00:00Z',
  usageMetadata: {
    promptTokenCount: 1,
    candidatesTokenCount: 1,
    totalTokenCount: 2,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: 1 }],
  },
}

describe.each<[string, object, object[]]>([
  [
    'openai-responses',
    RESPONSE,
    [
      { type: 'response.created', response: RESPONSE },
      { type: 'response.completed', response: RESPONSE },
    ],
  ],
  [
    'openai-chat',
    {
      id: 'c',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hi.', refusal: null, annotations: [] },
          content_filter_results: { hate: { filtered: false } },
          finish_reason: 'stop',
        },
      ],
      ...CHAT,
    },
    [chat.delta({ role: 'assistant', content: 'Hi.' }, null, CHAT), chat.end('stop', CHAT)],
  ],
  [
    'gemini',
    { ...google.chunk([{ text: 'Hi.' }], GEMINI, 'STOP') },
    [google.chunk([{ text: 'Hi.' }], GEMINI), google.chunk([], GEMINI, 'STOP')],
  ],
])('an ordinary response of %s', (upstream, whole, events) => {
  test.each(clients(upstream))('has no warning for %s', (client) =>
    expect(noted(client, upstream, whole, events)).toEqual([[], []]),
  )
})

describe('what a client misses is named, whole and streamed', () => {
  const executed_tools = [{ type: 'search', arguments: '{}', output: 'x' }]
  test.each(clients('openai-chat'))('the tools that Groq executed, for %s', (client) =>
    expect(
      noted(
        client,
        'openai-chat',
        {
          id: 'c',
          choices: [
            { index: 0, message: { role: 'assistant', content: 'Hi.', executed_tools }, finish_reason: 'stop' },
          ],
        },
        [chat.delta({ content: 'Hi.' }), chat.delta({ executed_tools }), chat.end('stop')],
      ),
    ).toEqual([['message.executed_tools'], ['message.executed_tools']]),
  )

  test.each(clients('openai-responses'))('a field that nobody knows, for %s', (client) =>
    expect(
      noted(client, 'openai-responses', { ...RESPONSE, sources: ['x'] }, [
        { type: 'response.created', response: { ...RESPONSE, sources: ['x'] } },
        { type: 'response.completed', response: RESPONSE },
      ]),
    ).toEqual([['sources'], ['sources']]),
  )

  test.each(clients('gemini'))('grounding without the text that it supports, for %s', (client) => {
    const chunk = google.chunk([{ text: 'Hi.' }], {}, 'STOP')
    Object.assign(chunk.candidates[0]!, {
      groundingMetadata: { groundingChunks: [{ web: { uri: 'https://a.example' } }] },
    })
    expect(noted(client, 'gemini', chunk, [chunk])).toEqual([['groundingMetadata'], ['groundingMetadata']])
  })
})

describe('what only some formats can express is named where it is lost', () => {
  const signature = { thoughtSignature: 'U0lH' }
  const signedText = google.chunk([{ text: 'Hi.', ...signature }], {}, 'STOP')
  const signedCall = google.chunk([{ ...google.call('f'), ...signature }], {}, 'STOP')
  const signedImage = google.chunk(
    [{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' }, ...signature }],
    {},
    'STOP',
  )
  const signedCode = google.chunk([{ executableCode: { code: 'x' }, ...signature }, { text: 'Hi.' }], {}, 'STOP')
  const cited = {
    id: 'c',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Hi.',
          annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A' } }],
        },
        finish_reason: 'stop',
      },
    ],
  }
  const citedEvents = [
    chat.delta({ content: 'Hi.' }),
    chat.delta({ annotations: cited.choices[0]!.message.annotations }),
    chat.end('stop'),
  ]

  test.each<[string, string, string, object, object[], string[]]>([
    ['a signed text', 'anthropic', 'gemini', signedText, [signedText], ['content[0]: signature']],
    ['a signed text', 'bedrock-converse', 'gemini', signedText, [signedText], ['content[0]: signature']],
    ['a signed text', 'ollama', 'gemini', signedText, [signedText], ['signature']],
    ['a signed text', 'openai-chat', 'gemini', signedText, [signedText], []],
    ['a signed text', 'openai-responses', 'gemini', signedText, [signedText], []],
    ['a signed text', 'cohere', 'gemini', signedText, [signedText], ['signature']],
    ['a signed call', 'bedrock-converse', 'gemini', signedCall, [signedCall], ['content[0]: signature']],
    ['a signed call', 'ollama', 'gemini', signedCall, [signedCall], ['signature']],
    ['a signed call', 'anthropic', 'gemini', signedCall, [signedCall], []],
    ['a signed image', 'anthropic', 'gemini', signedImage, [signedImage], ['content[0]']],
    ['signed code', 'openai-chat', 'gemini', signedCode, [signedCode], ['executableCode']],
    ['signed code', 'openai-responses', 'gemini', signedCode, [signedCode], ['executableCode']],
    ['a citation', 'ollama', 'openai-chat', cited, citedEvents, ['citations']],
    ['a citation', 'bedrock-converse', 'openai-chat', cited, citedEvents, ['content[0].citations']],
    ['a citation', 'anthropic', 'openai-chat', cited, citedEvents, []],
    ['a citation', 'cohere', 'openai-chat', cited, citedEvents, []],
  ])('%s, for %s', (_title, client, upstream, whole, events, expected) =>
    expect(noted(client, upstream, whole, events)).toEqual([expected, expected]),
  )
})
