// Embeddings, reranking and moderation over sockets: official clients of one API format, providers of all others.
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { embedding } from '../src/sim/text/embedding.ts'
import { KEY, startGateway, type TestGateway } from './gateway.ts'

/** A server that records requests, and returns the response that is set for their path. */
interface Recorder {
  readonly url: string
  readonly requests: { path: string; body: Record<string, unknown> }[]
  responses: Record<string, unknown>
  stop(): void
}

function startRecorder(): Recorder {
  const recorder: Recorder = { url: '', requests: [], responses: {}, stop: () => void server.stop(true) }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname: path } = new URL(request.url)
      if (request.method === 'GET') return new Response('ok') // active checks
      recorder.requests.push({ path, body: (await request.json()) as Record<string, unknown> })
      return Response.json(recorder.responses[path] ?? { error: { message: 'nothing here' } }, {
        status: path in recorder.responses ? 200 : 404,
      })
    },
  })
  return Object.assign(recorder, { url: `http://127.0.0.1:${server.port}` })
}

let fleet: Fleet
let recorder: Recorder
let gateway: TestGateway
let openai: OpenAI
let google: GoogleGenAI
beforeAll(async () => {
  fleet = await startFleet({ servers: 1, speed: 0, model: 'sim-1b' })
  recorder = startRecorder()
  const [sim, rec] = [fleet.urls[0]!, recorder.url]
  const types = ['vllm', 'cohere', 'mistral', 'voyage', 'jina', 'nvidia-nim', 'gemini', 'openai'] as const
  gateway = await startGateway({
    providers: {
      'sim-openai': { type: 'vllm', baseUrl: sim },
      'sim-gemini': { type: 'gemini', baseUrl: sim, apiKey: 'k' },
      'sim-cohere': { type: 'cohere', baseUrl: sim, apiKey: 'k' },
      ...Object.fromEntries(types.map((type) => [`to-${type}`, { type, baseUrl: rec, apiKey: 'k' }])),
    },
    models: {
      ...Object.fromEntries(['openai', 'gemini', 'cohere'].map((name) => [name, `sim-${name}/sim-1b`])),
      ...Object.fromEntries(types.map((type) => [`to-${type}`, `to-${type}/the-model`])),
      exact: { targets: ['to-cohere/the-model'], strictTranslation: true },
    },
  })
  openai = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  google = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.url } })
})
afterAll(async () => {
  await gateway?.stop()
  recorder?.stop()
  fleet?.stop()
})

const TEXTS = ['the first text', 'another one', 'the first text again']

/** The embedding that the simulated model returns for a text, requested without Sluice. */
async function expected(text: string, dimensions?: number): Promise<number[]> {
  const body = JSON.stringify({ model: 'sim-1b', input: text, ...(dimensions && { dimensions }) })
  const answer = await fetch(`${fleet.urls[0]}/v1/embeddings`, { method: 'POST', body })
  return ((await answer.json()) as { data: { embedding: number[] }[] }).data[0]!.embedding
}

const last = () => recorder.requests.at(-1)!

describe.each(['openai', 'gemini', 'cohere'])('embeddings of a server with the API of %s', (model) => {
  test.each([undefined, 16])("reach OpenAI's client in order, in base64, with %p dimensions", async (size) => {
    const request = { model, input: TEXTS, ...(size && { dimensions: size }) }
    const { data, usage } = await openai.embeddings.create(request)
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2])
    for (const [at, text] of TEXTS.entries()) {
      const vector = await expected(text, size)
      expect(data[at]!.embedding).toHaveLength(vector.length)
      expect(data[at]!.embedding[0]).toBeCloseTo(vector[0]!, 6)
      expect(data[at]!.embedding.at(-1)).toBeCloseTo(vector.at(-1)!, 6)
    }
    expect(usage.total_tokens).toBe(usage.prompt_tokens)
    expect(usage.prompt_tokens > 0).toBe(true)
  })

  test("reach OpenAI's client as floats if it requests them, also for a single string", async () => {
    const answer = await gateway.post('/v1/embeddings', { model, input: 'one', encoding_format: 'float' })
    const { data } = (await answer.json()) as { data: { embedding: number[] }[] }
    expect(data).toHaveLength(1)
    expect(data[0]!.embedding[3]).toBeCloseTo((await expected('one'))[3]!, 6)
  })

  test("reach Google's client", async () => {
    const { embeddings } = await google.models.embedContent({
      model,
      contents: TEXTS,
      config: { taskType: 'RETRIEVAL_DOCUMENT', outputDimensionality: 8 },
    })
    expect(embeddings!.map(({ values }) => values!.length)).toEqual([8, 8, 8])
    expect(embeddings![1]!.values![2]).toBeCloseTo((await expected(TEXTS[1]!, 8))[2]!, 6)
  })

  test.each(['/v1beta', '/v1'])("reach a client of Google's embedContent under %s", async (base) => {
    const body = { content: { parts: [{ text: 'one' }] } }
    const answer = await gateway.post(`${base}/models/${model}:embedContent`, body)
    const { embedding: found } = (await answer.json()) as { embedding: { values: number[] } }
    expect(found.values[5]).toBeCloseTo((await expected('one'))[5]!, 6)
  })
})

test('floats of a server without base64 reach a client that requested base64', async () => {
  const vector = [...embedding('m', 1, 12)]
  recorder.responses = {
    '/v1/embeddings': {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: vector }],
      model: 'm',
      usage: { prompt_tokens: 3, total_tokens: 3 },
    },
  }
  const { data } = await openai.embeddings.create({ model: 'to-vllm', input: 'x' })
  expect(data[0]!.embedding).toEqual(vector)
  expect(last().body).toEqual({ model: 'the-model', input: 'x', encoding_format: 'base64' })
})

test('base64 that was not requested becomes floats', async () => {
  recorder.responses = {
    '/v1/embeddings': { data: [{ embedding: 'AACAPwAAAMA=', index: 0, object: 'embedding' }], model: 'm' },
  }
  const answer = await gateway.post('/v1/embeddings', { model: 'to-vllm', input: 'x' })
  expect(await answer.json()).toMatchObject({ data: [{ embedding: [1, -2] }] })
})

describe('the upstream request has the fields of the provider:', () => {
  const vectors = [{ object: 'embedding', index: 0, embedding: [1, 2] }]
  const likeOpenai = { '/v1/embeddings': { object: 'list', data: vectors, model: 'm', usage: { total_tokens: 4 } } }
  const cohere = { '/v2/embed': { embeddings: { float: [[1, 2]] }, meta: { billed_units: { input_tokens: 4 } } } }
  const gemini = {
    '/v1beta/models/the-model:batchEmbedContents': {
      embeddings: [{ values: [1, 2] }],
      usageMetadata: { promptTokenCount: 4 },
    },
  }
  const request = { input: 'x', dimensions: 2, user: 'u' }
  test.each<[string, object, object, object, string | null]>([
    [
      'to-mistral',
      likeOpenai,
      { input_type: 'query' },
      { input: ['x'], output_dimension: 2 },
      'user: removed: Mistral has no such field; input_type: removed: Mistral has no query embeddings',
    ],
    [
      'to-voyage',
      likeOpenai,
      { input_type: 'search_query', truncation: false },
      { input: ['x'], output_dimension: 2, input_type: 'query', truncation: false },
      'user: removed: Voyage has no such field',
    ],
    [
      'to-voyage',
      likeOpenai,
      { encoding_format: 'base64' },
      { input: ['x'], output_dimension: 2, encoding_format: 'base64' },
      'user: removed: Voyage has no such field',
    ],
    [
      'to-jina',
      likeOpenai,
      { task: 'RETRIEVAL_DOCUMENT' },
      { input: ['x'], dimensions: 2, task: 'retrieval.passage' },
      'user: removed: Jina has no such field',
    ],
    [
      'to-nvidia-nim',
      likeOpenai,
      {},
      { input: ['x'], dimensions: 2, user: 'u', input_type: 'passage' },
      'input_type: changed: set to passage, because these models require a task',
    ],
    [
      'to-cohere',
      cohere,
      { input_type: 'query' },
      { texts: ['x'], output_dimension: 2, input_type: 'search_query', embedding_types: ['float'] },
      'user: removed: Cohere has no such field',
    ],
  ])('%s, case %#', async (model, responses, more, body, warnings) => {
    recorder.responses = responses as Record<string, unknown>
    const answer = await gateway.post('/v1/embeddings', { model, ...request, ...more })
    expect({ status: answer.status, warnings: answer.headers.get('x-sluice-warnings') }).toEqual({
      status: 200,
      warnings,
    })
    expect(last().body).toEqual({ model: 'the-model', ...body })
    expect(await answer.json()).toMatchObject({ usage: { prompt_tokens: 4, total_tokens: 4 } })
  })

  test('Gemini, with the model in each request', async () => {
    recorder.responses = gemini
    await gateway.post('/v1/embeddings', {
      model: 'to-gemini',
      input: ['x'],
      dimensions: 2,
      input_type: 'search_query',
    })
    const content = { parts: [{ text: 'x' }] }
    expect(last().body).toEqual({
      requests: [{ model: 'models/the-model', taskType: 'RETRIEVAL_QUERY', outputDimensionality: 2, content }],
    })
  })

  test("Gemini with Gemini's own client: only the model name is replaced", async () => {
    recorder.responses = gemini
    const content = { role: 'user', parts: [{ text: 'a' }, { text: 'b' }], newField: 1 }
    const answer = await gateway.post('/v1beta/models/to-gemini:batchEmbedContents', {
      requests: [{ model: 'models/to-gemini', content, title: 't' }],
    })
    expect(answer.status).toBe(200)
    expect(last().body).toEqual({ requests: [{ model: 'models/the-model', content, title: 't' }] })
    expect(await gateway.metrics()).toMatch(/sluice_tokens_total\{.*to-gemini.*\} /)
  })
})

describe('invalid input is rejected before any upstream request:', () => {
  const many = (count: number) => Array.from({ length: count }, () => 'x')
  const one = { content: { parts: [{ text: 'x' }] } }
  test.each<[string, string, object, string]>([
    ['token ids for another format', '/v1/embeddings', { model: 'to-cohere', input: [1, 2] }, 'input'],
    ['lists of token ids', '/v1/embeddings', { model: 'to-gemini', input: [[1, 2], [3]] }, 'input'],
    ['an empty list', '/v1/embeddings', { model: 'to-cohere', input: [] }, 'input'],
    ['an object among the texts', '/v1/embeddings', { model: 'to-cohere', input: ['a', {}] }, 'input[1]'],
    [
      'an unknown encoding',
      '/v1/embeddings',
      { model: 'to-cohere', input: 'x', encoding_format: 'int8' },
      'encoding_format',
    ],
    ['dimensions as a string', '/v1/embeddings', { model: 'to-cohere', input: 'x', dimensions: 'many' }, 'dimensions'],
    ['97 texts to Cohere', '/v1/embeddings', { model: 'to-cohere', input: many(97) }, 'input'],
    ['101 texts to Gemini', '/v1/embeddings', { model: 'to-gemini', input: many(101) }, 'input'],
    ['1001 texts to Voyage', '/v1/embeddings', { model: 'to-voyage', input: many(1001) }, 'input'],
    ['an empty list of requests', '/v1beta/models/to-cohere:batchEmbedContents', { requests: [] }, 'requests'],
    [
      'two parts of one content',
      '/v1beta/models/to-cohere:embedContent',
      { content: { parts: [{ text: 'a' }, { text: 'b' }] } },
      'content.parts',
    ],
    [
      'an image',
      '/v1beta/models/to-cohere:embedContent',
      { content: { parts: [{ inlineData: {} }] } },
      'content.parts[0]',
    ],
    ['an unknown task', '/v1beta/models/to-cohere:embedContent', { ...one, taskType: 'DREAM' }, 'taskType'],
    [
      'different tasks in one batch',
      '/v1beta/models/to-cohere:batchEmbedContents',
      { requests: [one, { ...one, taskType: 'CLUSTERING' }] },
      'requests[1]',
    ],
    ['a missing task with strict translation', '/v1/embeddings', { model: 'exact', input: 'x' }, 'input_type'],
    ['a rerank request without a query', '/v1/rerank', { model: 'to-cohere', documents: ['a'] }, 'query'],
    [
      'a rerank request without documents',
      '/v1/rerank',
      { model: 'to-cohere', query: 'q', documents: [] },
      'documents',
    ],
    ['a number among the documents', '/v1/rerank', { model: 'to-cohere', query: 'q', documents: [1] }, 'documents[0]'],
    [
      'a document with a title for Voyage',
      '/v1/rerank',
      { model: 'to-voyage', query: 'q', documents: [{ text: 'a', title: 'b' }] },
      'documents[0]',
    ],
    ['a fractional top_n', '/v1/rerank', { model: 'to-jina', query: 'q', documents: ['a'], top_n: 0.5 }, 'top_n'],
    ['a moderation without input', '/v1/moderations', { model: 'to-openai' }, 'input'],
  ])('%s', async (_title, path, body, field) => {
    const before = recorder.requests.length
    const answer = await gateway.post(path, body)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(field)
    expect(recorder.requests.length).toBe(before)
  })

  const large = 'x'.repeat(20_000)
  test.each([
    [
      '/v1beta/models/to-gemini:batchEmbedContents',
      `{"requests":[{"content":{"parts":[{"text":"${large}"}]},"n":tru}]}`,
    ],
    ['/v1/embeddings', `{"model":"to-gemini","input":["${large}",nul]}`],
    ['/v1/rerank', `{"model":"to-voyage","query":"q","documents":["${large}",nul]}`],
    ['/v1/chat/completions', `{"model":"to-gemini","messages":[{"role":"user","content":"${large}","x":tru}]}`],
  ])('a large body to %s with invalid JSON in a nested value', async (path, body) => {
    const answer = await gateway.post(path, body)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('not valid JSON')
  })

  test("the error has the client's format", async () => {
    const answer = await gateway.post('/v1beta/models/unknown:embedContent', one)
    expect(await answer.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } })
  })
})

describe('an upstream response', () => {
  const path = '/v1/embeddings'
  test.each<[string, unknown]>([
    ['with fewer embeddings than texts', { data: [{ index: 0, embedding: [1] }] }],
    ['with more embeddings than texts', { data: [0, 1, 2].map((index) => ({ index, embedding: [1] })) }],
    ['with one index twice', { data: [0, 0].map((index) => ({ index, embedding: [1] })) }],
    ['without embeddings', { object: 'list', data: [] }],
    ['with data that is not a list', { data: 'x' }],
    ['with strings in an embedding', { data: [0, 1].map((index) => ({ index, embedding: ['a'] })) }],
    ['with empty embeddings', { data: [0, 1].map((index) => ({ index, embedding: [] })) }],
    ['with base64 of int8', { data: [0, 1].map((index) => ({ index, embedding: '9sYAAzzy/vfgDQAeOgD2/w==' })) }],
    ['with an incomplete float in base64', { data: [0, 1].map((index) => ({ index, embedding: 'AAAA' })) }],
  ])('%s is a 502', async (_title, body) => {
    recorder.responses = { [path]: body }
    const answer = await gateway.post(path, { model: 'to-voyage', input: ['a', 'b'] })
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({ error: { code: 'upstream_malformed' } })
  })

  test('in another order is sorted by index', async () => {
    recorder.responses = { [path]: { data: [1, 0].map((index) => ({ index, embedding: [index] })) } }
    const answer = await gateway.post(path, { model: 'to-voyage', input: ['a', 'b'] })
    expect(await answer.json()).toMatchObject({
      data: [
        { index: 0, embedding: [0] },
        { index: 1, embedding: [1] },
      ],
    })
  })
})

describe('reranking', () => {
  const request = { query: 'q', documents: ['a', { text: 'b' }], top_n: 2, return_documents: true }
  const ranks = [
    { index: 1, relevance_score: 0.9 },
    { index: 0, relevance_score: 0.1 },
  ]
  const results = [
    { index: 1, relevance_score: 0.9, document: { text: 'b' } },
    { index: 0, relevance_score: 0.1, document: { text: 'a' } },
  ]
  test.each<[string, string, string, object, object, object]>([
    [
      'to-cohere',
      '/v1/rerank',
      '/v2/rerank',
      { documents: ['a', 'b'], top_n: 2 },
      { id: 'i', results: ranks, meta: { billed_units: { search_units: 1 } } },
      { id: 'i', results, meta: { billed_units: { search_units: 1 } } },
    ],
    [
      'to-voyage',
      '/v2/rerank',
      '/v1/rerank',
      { documents: ['a', 'b'], top_k: 2, return_documents: true },
      {
        object: 'list',
        data: [
          { index: 1, relevance_score: 0.9, document: 'b' },
          { index: 0, relevance_score: 0.1, document: 'a' },
        ],
        usage: { total_tokens: 7 },
      },
      { results, usage: { total_tokens: 7 } },
    ],
    [
      'to-jina',
      '/rerank',
      '/v1/rerank',
      { documents: request.documents, top_n: 2, return_documents: true },
      { results, anything: 1 },
      { results, anything: 1 },
    ],
    [
      'to-vllm',
      '/v1/rerank',
      '/v1/rerank',
      { documents: request.documents, top_n: 2, return_documents: true },
      { results },
      { results },
    ],
  ])('of %s, requested at %s', async (model, clientPath, path, body, upstreamResponse, expected) => {
    recorder.responses = { [path]: upstreamResponse }
    const answer = await gateway.post(clientPath, { model, ...request })
    expect(answer.status).toBe(200)
    expect(last()).toEqual({ path, body: { model: 'the-model', query: 'q', ...body } })
    expect(await answer.json()).toMatchObject(expected)
  })

  test.each<[string, unknown]>([
    ['with an index out of range', { results: [{ index: 2, relevance_score: 1 }] }],
    ['without an index', { results: [{ relevance_score: 1 }] }],
    ['without a score', { results: [{ index: 0 }] }],
    ['that are missing', {}],
  ])('ranks %s are a 502', async (_title, body) => {
    recorder.responses = { '/v2/rerank': body }
    expect((await gateway.post('/v1/rerank', { model: 'to-cohere', ...request })).status).toBe(502)
  })
})

test('moderations are forwarded unchanged', async () => {
  const response = { id: 'modr-1', model: 'omni', results: [{ flagged: false, categories: { sexual: false } }] }
  recorder.responses = { '/v1/moderations': response }
  const result = await openai.moderations.create({ model: 'to-openai', input: ['a', 'b'] })
  expect(result).toMatchObject(response)
  expect(last().body).toEqual({ model: 'the-model', input: ['a', 'b'] })
})

test('stream: true does not turn embeddings into a stream', async () => {
  const answer = await gateway.post('/v1/embeddings', { model: 'openai', input: 'x', stream: true })
  expect(await answer.json()).toMatchObject({ object: 'list' })
})
