// Citations of every upstream, whole and streamed, in the form of every client's format.
import { describe, expect, test } from 'bun:test'
import { Losses } from '../src/formats/translation/losses.ts'
import type { JsonObject } from '../src/codecs/json/object.ts'
import { answerFacts, testedFormat } from './formats/tested-formats.ts'
import { chat, claude, converse, google, readEvents, translateResponse, translateStream } from './formats/translate.ts'

const URL = 'https://a.example/1'
const TITLE = 'One'

/** A response with the texts "Before." and " Cited.", whose second text, or its range 7 to 14, cites a page. */
interface Row {
  readonly upstream: string
  readonly whole: object
  readonly events: readonly object[]
}

const webLocation = {
  type: 'web_search_result_location',
  url: URL,
  title: TITLE,
  cited_text: 'q',
  encrypted_index: 'E',
}
const novaCitation = { title: TITLE, location: { web: { url: URL } }, sourceContent: [{ text: 'q' }] }
const urlCitation = { url: URL, title: TITLE, start_index: 7, end_index: 14 }
const itemOf = (content: object[]) => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content,
})
const annotated = {
  type: 'output_text',
  text: 'Before. Cited.',
  annotations: [{ type: 'url_citation', ...urlCitation }],
}
const grounding = {
  groundingChunks: [{ web: { uri: URL, title: TITLE } }],
  groundingSupports: [{ segment: { startIndex: 7, endIndex: 14, text: ' Cited.' }, groundingChunkIndices: [0] }],
}

const ROWS: readonly Row[] = [
  {
    upstream: 'anthropic',
    whole: {
      type: 'message',
      role: 'assistant',
      id: 'msg_1',
      model: 'm',
      content: [
        { type: 'text', text: 'Before.' },
        { type: 'text', text: ' Cited.', citations: [webLocation] },
      ],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    },
    events: [
      claude.start(),
      ...claude.text(0, 'Before.'),
      // Anthropic sends the citation before the text.
      ...claude.block(
        1,
        { type: 'text', text: '', citations: [] },
        { type: 'citations_delta', citation: webLocation },
        { type: 'text_delta', text: ' Ci' },
        { type: 'text_delta', text: 'ted.' },
      ),
      ...claude.end('end_turn'),
    ],
  },
  {
    upstream: 'bedrock-converse',
    whole: {
      output: {
        message: {
          role: 'assistant',
          content: [
            { text: 'Before.' },
            { citationsContent: { content: [{ text: ' Cited.' }], citations: [novaCitation] } },
          ],
        },
      },
      stopReason: 'end_turn',
    },
    events: [
      converse.start,
      ...converse.text(0, 'Before.'),
      { contentBlockDelta: { contentBlockIndex: 1, delta: { citation: novaCitation } } },
      ...converse.text(1, ' Cited.'),
      ...converse.end('end_turn'),
    ],
  },
  {
    upstream: 'openai-chat',
    whole: {
      id: 'c',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Before. Cited.',
            annotations: [{ type: 'url_citation', url_citation: urlCitation }],
          },
          finish_reason: 'stop',
        },
      ],
    },
    events: [
      chat.delta({ content: 'Before.' }),
      chat.delta({ annotations: [{ type: 'url_citation', url_citation: urlCitation }] }),
      chat.delta({ content: ' Cited.' }),
      chat.end('stop'),
    ],
  },
  {
    upstream: 'openai-responses',
    whole: { id: 'resp_1', status: 'completed', model: 'm', output: [itemOf([annotated])] },
    events: [
      { type: 'response.output_item.added', output_index: 0, item: itemOf([]) },
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Before. Cited.' },
      {
        type: 'response.output_text.annotation.added',
        output_index: 0,
        content_index: 0,
        annotation: annotated.annotations[0],
      },
      { type: 'response.output_item.done', output_index: 0, item: itemOf([annotated]) },
      { type: 'response.completed', response: { status: 'completed', output: [itemOf([annotated])] } },
    ],
  },
  {
    upstream: 'gemini',
    whole: google.chunk([{ text: 'Before. Cited.' }], {}, 'STOP'),
    events: [google.chunk([{ text: 'Before.' }]), google.chunk([{ text: ' Cited.' }], {}, 'STOP')],
  },
]
for (const candidates of [ROWS[4]!.whole, ROWS[4]!.events[1]!])
  Object.assign((candidates as { candidates: object[] }).candidates[0]!, { groundingMetadata: grounding })

/** The cited ranges in a response of the client's format, with URL and title. */
const CITED: Readonly<Record<string, (body: JsonObject) => unknown>> = {
  'openai-chat': (body) =>
    (body as unknown as Whole).choices[0]!.message.annotations.map(
      ({ url_citation: { start_index, end_index, url, title } }) => [start_index, end_index, url, title],
    ),
  'openai-responses': ({ output }) => {
    let offset = 0
    const cited: unknown[] = []
    for (const { content } of output as { content: { text: string; annotations: Annotation[] }[] }[])
      for (const { text, annotations } of content) {
        for (const { start_index, end_index, url, title } of annotations)
          cited.push([offset + start_index, offset + end_index, url, title])
        offset += text.length
      }
    return cited
  },
  gemini: ({ candidates }) => {
    const { groundingMetadata: metadata } = (candidates as { groundingMetadata: typeof grounding }[])[0]!
    return metadata.groundingSupports.map(({ segment: { startIndex, endIndex }, groundingChunkIndices: [at] }) => [
      startIndex,
      endIndex,
      metadata.groundingChunks[at!]!.web.uri,
      metadata.groundingChunks[at!]!.web.title,
    ])
  },
  // Anthropic's citations refer to their block.
  anthropic: ({ content }) =>
    (content as { citations?: { url: string; title: string }[] }[]).flatMap(({ citations = [] }) =>
      citations.map(({ url, title }) => [7, 14, url, title]),
    ),
}
interface Annotation {
  start_index: number
  end_index: number
  url: string
  title: string
}
interface Whole {
  readonly choices: readonly { readonly message: { readonly annotations: readonly { url_citation: Annotation }[] } }[]
}

describe.each(ROWS)('from $upstream', ({ upstream, whole, events }) => {
  const clients = Object.keys(CITED).filter((client) => client !== upstream)
  test.each(clients)('to %s, whole', (client) =>
    expect(CITED[client]!(translateResponse(client, upstream, whole))).toEqual([[7, 14, URL, TITLE]]),
  )

  test.each(clients)('to %s, streamed: the same', (client) => {
    const { events: sent } = translateStream(client, upstream, events)
    const body = {
      'openai-chat': () => ({ choices: [{ message: { annotations: sent.flatMap(annotationsOf) } }] }),
      'openai-responses': () => sent.at(-1)!['response'] as JsonObject,
      gemini: () => sent.at(-1)!,
      anthropic: () => ({ content: [{ citations: sent.flatMap(citationOf) }] }),
    }[client]!()
    expect(CITED[client]!(body)).toEqual([[7, 14, URL, TITLE]])
  })
})

const annotationsOf = ({ choices }: JsonObject): object[] =>
  (choices as { delta: { annotations?: object[] } }[])[0]?.delta.annotations ?? []
const citationOf = ({ delta }: JsonObject): object[] => {
  const { citation } = (delta ?? {}) as { citation?: object }
  return citation ? [citation] : []
}

test('in the events of a Responses stream the citation of a whole text has the range of that text', () => {
  const { events } = translateStream('openai-responses', 'anthropic', ROWS[0]!.events)
  const added = events.filter(({ type }) => type === 'response.output_text.annotation.added')
  expect(added).toMatchObject([{ annotation: { start_index: 0, end_index: 7, url: URL } }])
})

test('a web citation of another provider is not sent to Anthropic with the history', () => {
  const { content } = translateResponse('anthropic', 'openai-chat', ROWS[2]!.whole)
  const { format } = testedFormat('anthropic')
  const body = {
    model: 'm',
    max_tokens: 9,
    messages: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content },
    ],
  }
  const request = format.decodeRequest(body, { model: 'm', stream: false })
  const losses = new Losses()
  const target = { model: 'm', baseModel: 'm', capabilities: new Set<never>() }
  expect(JSON.stringify(format.encodeRequest(request, target, losses))).not.toContain('encrypted_index')
  expect(losses.list.map(({ field }) => field)).toEqual(['messages[1].content[0].citations'])
})

/** Citations of documents, which have no web address. */
const DOCUMENTS: readonly (readonly [title: string, upstream: string, whole: object])[] = [
  [
    'a document of Cohere',
    'cohere',
    {
      id: 'x',
      finish_reason: 'COMPLETE',
      message: {
        role: 'assistant',
        content: [{ type: 'text', text: 'Ada lives.' }],
        citations: [{ start: 0, end: 3, text: 'Ada', sources: [{ type: 'document', id: 'doc:1' }] }],
      },
    },
  ],
  [
    "a document of Claude's",
    'anthropic',
    {
      ...(ROWS[0]!.whole as object),
      content: [
        {
          type: 'text',
          text: 'Ada lives.',
          citations: [{ type: 'char_location', cited_text: 'Ada', document_index: 0, document_title: 'doc:1' }],
        },
      ],
    },
  ],
  [
    'a document of Nova',
    'bedrock-converse',
    {
      output: {
        message: {
          role: 'assistant',
          content: [
            {
              citationsContent: {
                content: [{ text: 'Ada lives.' }],
                citations: [{ title: 'doc:1', location: { documentChar: {} }, sourceContent: [{ text: 'Ada' }] }],
              },
            },
          ],
        },
      },
      stopReason: 'end_turn',
    },
  ],
  ...['file_citation', 'container_file_citation'].map(
    (type) =>
      [
        `a ${type}`,
        'openai-responses',
        {
          id: 'resp_1',
          status: 'completed',
          model: 'm',
          output: [
            itemOf([
              {
                type: 'output_text',
                text: 'Ada lives.',
                annotations: [{ type, file_id: 'f', filename: 'doc:1', index: 3 }],
              },
            ]),
          ],
        },
      ] as const,
  ),
]

describe.each(DOCUMENTS)('%s', (_title, upstream, whole) => {
  test('is retrieved context for Gemini clients', () =>
    expect(translateResponse('gemini', upstream, whole)).toMatchObject({
      candidates: [{ groundingMetadata: { groundingChunks: [{ retrievedContext: { title: 'doc:1' } }] } }],
    }))

  test.each(['openai-chat', 'anthropic', 'openai-responses'].filter((client) => client !== upstream))(
    'is named as a loss for %s',
    (client) => {
      const losses = new Losses()
      const decoded = testedFormat(upstream).format.decodeResponse(whole)
      testedFormat(client).format.encodeResponse(decoded, answerFacts(client), losses)
      expect(losses.list.map(({ field }) => field).join()).toContain('citations')
    },
  )
})

describe("Perplexity's lists of pages", () => {
  const lists = { citations: [URL, 'https://b.example/2'], search_results: [{ title: TITLE, url: URL, date: null }] }
  const text = 'Before. Cited.[1]'
  const whole = (content: string, more: object = lists) => ({
    id: 'c',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    ...more,
  })
  const streamed = (pieces: readonly string[], more: object = lists) => [
    ...pieces.map((content) => chat.delta({ content }, null, more)),
    chat.end('stop', more),
  ]

  test.each([
    ['openai-responses', { start_index: 14, end_index: 17, url: URL, title: TITLE }],
    ['anthropic', { type: 'web_search_result_location', url: URL, title: TITLE }],
    ['gemini', { web: { uri: URL, title: TITLE } }],
  ])('are web citations for %s', (client, citation) => {
    const body = translateResponse(client, 'openai-chat', whole(text))
    const sent = translateStream(client, 'openai-chat', streamed(['Before. ', 'Cited.[', '1]'])).events
    for (const found of [body, sent]) {
      const all: unknown[] = []
      JSON.stringify(found, (_key, value: unknown) => (all.push(value), value))
      expect(all).toContainEqual(expect.objectContaining(citation))
    }
  })

  test.each<[string, object, string, object[]]>([
    [
      'two numbers',
      lists,
      'A[1] b [1]',
      [
        { start: 1, end: 4 },
        { start: 7, end: 10 },
      ],
    ],
    ['a number without a page', lists, 'A[7]', [{ url: URL }]],
    ['no number', lists, 'A', [{ url: URL }]],
    ['addresses only', { citations: lists.citations }, 'A[2]', [{ url: 'https://b.example/2', start: 1 }]],
    ['no addresses', { citations: ['javascript:alert(1)', 7, null], search_results: [5, {}] }, 'A[1]', []],
    ['no list', { citations: { 0: URL }, search_results: 'x' }, 'A[1]', []],
  ])('%s', (_title, more, content, expected) => {
    const citationsOf = (parts: readonly unknown[]) => (parts[0] as { citations?: object[] }).citations ?? []
    const decoded = testedFormat('openai-chat').format.decodeResponse(whole(content, more)).choices[0]!.parts
    expect(citationsOf(decoded)).toMatchObject(expected)
    const events = readEvents('openai-chat', streamed([content], more))
    expect(events.flatMap((event) => (event.type === 'part-citation' ? [event.citation] : []))).toMatchObject(expected)
  })

  test('lists that only the last chunk has are citations of the whole text', () => {
    const events = readEvents('openai-chat', [chat.delta({ content: 'A' }), chat.end('stop', lists)])
    expect(events.filter(({ type }) => type === 'part-citation')).toHaveLength(1)
  })
})
