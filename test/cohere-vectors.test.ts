// Embeddings and reranking for clients of Cohere's API v2.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { series, startGateway, type TestGateway } from './gateway.ts'
import { type Recorder, startRecorder } from './recorder.ts'

let native: Recorder
let gateway: TestGateway
beforeAll(async () => {
  native = startRecorder()
  const unchecked = { apiKey: 'k', health: { enabled: false } }
  gateway = await startGateway({
    providers: {
      other: { type: 'openai-compatible', baseUrl: native.url, ...unchecked },
      native: { type: 'cohere', baseUrl: `${native.url}/v2`, ...unchecked },
    },
    models: {
      native: { targets: ['native/command-a'], retries: 0 },
      other: { targets: ['other/m'], retries: 0 },
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  native?.stop()
})

const SDK = { 'x-fern-sdk-name': 'cohere' }
const json = async (response: Response) => ({ status: response.status, body: (await response.json()) as unknown })

describe('embeddings', () => {
  const embed = (more: object) =>
    gateway.post('/v2/embed', { model: 'other', input_type: 'search_query', ...more }, SDK)
  const vectors = { data: [0, 1].map((index) => ({ index, embedding: [index, 0.5] })), usage: { prompt_tokens: 7 } }
  const base64 = ['AAAAAAAAAD8=', 'AACAPwAAAD8=']
  const floats = vectors.data.map(({ embedding }) => embedding)

  test.each<[string, object, object, object]>([
    ['numbers by default', { texts: ['a', 'b'] }, { encoding_format: 'float' }, { float: floats }],
    ['base64', { embedding_types: ['base64'] }, { encoding_format: 'base64' }, { base64 }],
    [
      'both',
      { embedding_types: ['float', 'base64', 'float'] },
      { encoding_format: 'float' },
      { float: floats, base64 },
    ],
    ['shorter ones', { output_dimension: 2 }, { encoding_format: 'float', dimensions: 2 }, { float: floats }],
    [
      'those of inputs',
      { texts: undefined, inputs: ['a', 'b'].map((text) => ({ content: [{ type: 'text', text }] })) },
      { encoding_format: 'float' },
      { float: floats },
    ],
  ])('are %s', async (_title, more, sent, expected) => {
    native.respondWith(() => vectors)
    const response = await embed({ model: 'other', texts: ['a', 'b'], truncate: 'NONE', priority: 0, ...more })
    expect(native.lastRequest).toEqual({ model: 'm', input: ['a', 'b'], ...sent })
    expect(response.headers.get('x-sluice-warnings')).toBe('input_type: removed: OpenAI has no query embeddings')
    expect(await json(response)).toEqual({
      status: 200,
      body: {
        id: expect.any(String),
        texts: ['a', 'b'],
        embeddings: expected,
        meta: { api_version: { version: '2' }, billed_units: { input_tokens: 7 } },
        response_type: 'embeddings_by_type',
      },
    })
  })

  test('report what other providers do not have', async () => {
    native.respondWith(() => vectors)
    const response = await embed({ model: 'other', texts: ['a', 'b'], truncate: 'END', max_tokens: 9 })
    const warnings = response.headers.get('x-sluice-warnings')
    for (const field of ['truncate', 'max_tokens', 'input_type']) expect(warnings).toContain(`${field}: removed`)
  })

  test('of Cohere are forwarded, and metered', async () => {
    const answer = { id: 'x', embeddings: { int8: [[1]] }, meta: { billed_units: { input_tokens: 5 } } }
    native.respondWith(() => answer)
    const body = { input_type: 'image', images: ['data:image/png;base64,AAAA'], embedding_types: ['int8'] }
    const response = await embed({ ...body, model: 'native' })
    expect(native.lastRequest).toEqual({ model: 'command-a', ...body })
    expect(await response.json()).toEqual(answer)
    const name = 'sluice_tokens_total{provider="native",model="native",kind="input"}'
    expect(series(await gateway.metrics(), name)).toBe(5)
  })

  test.each<[string, unknown, RegExp]>([
    ['has no texts', {}, /"texts" is missing/],
    ['has an empty list of texts', { texts: [] }, /must not be empty/],
    ['has texts that are a text', { texts: 'a' }, /"texts"/],
    ['has a text that is a number', { texts: ['a', 1] }, /texts\[1\]/],
    ['has images', { images: ['data:image/png;base64,AAAA'] }, /images: .*texts only/],
    ['has texts and inputs', { texts: ['a'], inputs: [{ content: [{ type: 'text', text: 'a' }] }] }, /inputs/],
    ['has an input without content', { inputs: [{}] }, /inputs\[0\].content/],
    ['has an input with an image', { inputs: [{ content: [{ type: 'image_url' }] }] }, /inputs\[0\].content\[0\]/],
    [
      'has an input of two parts',
      { inputs: [{ content: ['a', 'b'].map((text) => ({ type: 'text', text })) }] },
      /inputs\[0\].content\[1\]: .*one text/,
    ],
    [
      'wants bytes',
      { texts: ['a'], embedding_types: ['float', 'int8'] },
      /embedding_types\[1\]: only models of Cohere/,
    ],
    ['has types that are a text', { texts: ['a'], embedding_types: 'float' }, /"embedding_types"/],
    ['has an unknown purpose', { texts: ['a'], input_type: 'dream' }, /input_type is "dream"; allowed: search_query/],
    ['has no dimensions', { texts: ['a'], output_dimension: 0 }, /"output_dimension"/],
    ['is cut', '{"model":"other","texts":["a"', /JSON/],
  ])('a request that %s is rejected', async (_title, more, message) => {
    const response = typeof more === 'string' ? await gateway.post('/v2/embed', more) : await embed(more as object)
    expect(await json(response)).toEqual({
      status: 400,
      body: { id: expect.any(String), message: expect.stringMatching(message) },
    })
  })
})

describe('reranking', () => {
  const rerank = (more: object) =>
    gateway.post('/v2/rerank', { model: 'other', query: 'q', documents: ['a', 'b'], ...more }, SDK)
  const results = [
    { index: 1, relevance_score: 0.9, document: { text: 'b' } },
    { index: 0, relevance_score: 0.1, document: { text: 'a' } },
  ]
  const ranks = results.map(({ index, relevance_score }) => ({ index, relevance_score }))

  test('by a server of the common API has the form of this one', async () => {
    native.respondWith(() => ({ id: 'x', model: 'm', results, usage: { total_tokens: 7 } }))
    const response = await rerank({ model: 'other', top_n: 2, max_tokens_per_doc: 9, priority: 0 })
    expect(native.lastRequest).toEqual({ model: 'm', query: 'q', documents: ['a', 'b'], top_n: 2 })
    expect(response.headers.get('x-sluice-warnings')).toBe('max_tokens_per_doc: removed: this server has no such field')
    expect(await response.json()).toEqual({
      id: 'x',
      model: 'm',
      results: ranks,
      usage: { prompt_tokens: 7, total_tokens: 7 },
      meta: { api_version: { version: '2' }, tokens: { input_tokens: 7 } },
    })
  })

  test('returns documents on request, as servers of the common API do at this path', async () => {
    native.respondWith(() => ({ results: ranks }))
    const response = await rerank({ model: 'other', return_documents: true })
    expect(await response.json()).toMatchObject({ id: expect.any(String), results })
  })

  test('by Cohere is forwarded', async () => {
    const answer = { id: 'x', results: ranks, meta: { billed_units: { search_units: 1 } } }
    native.respondWith(() => answer)
    expect(await (await rerank({ model: 'native', max_tokens_per_doc: 9 })).json()).toEqual(answer)
    expect(native.lastRequest).toEqual({ model: 'command-a', query: 'q', documents: ['a', 'b'], max_tokens_per_doc: 9 })
  })

  test.each<[string, object, RegExp]>([
    ['has no query', { query: undefined }, /query is missing/],
    ['has no documents', { documents: [] }, /must not be empty/],
    ['has documents that are a text', { documents: 'a' }, /"documents"/],
    ['has a document that is a number', { documents: [1] }, /documents\[0\]/],
    ['wants no results', { top_n: 0 }, /"top_n"/],
  ])('a request that %s is rejected', async (_title, more, message) => {
    expect(await json(await rerank({ model: 'other', ...more }))).toEqual({
      status: 400,
      body: { id: expect.any(String), message: expect.stringMatching(message) },
    })
  })
})
