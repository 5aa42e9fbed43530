import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { fixtures, loadFixture } from '../../../test/shared.ts'
import type { Target } from '../format.ts'
import { Losses } from '../translation/losses.ts'
import { readRequest } from '../envelope/read-request.ts'
import { wholeFormat } from '../whole-formats.ts'
import { APIS } from '../apis/apis.ts'
import { bedrockCohereEmbeddings, titanEmbeddings } from './bedrock.ts'
import { cohereEmbed } from './cohere.ts'
import type { EmbeddingsFormat, EmbeddingsRequest } from './embeddings.ts'
import { geminiBatchEmbed, geminiEmbed } from './gemini.ts'
import { requestedEncoding, withEncoding } from './normalize-vectors.ts'
import { openaiEmbeddings } from './openai.ts'
import { COHERE_TASKS, encodeTask, GEMINI_TASKS, JINA_TASKS, type Task, VOYAGE_TASKS } from './task.ts'
import { readVector, toBase64, toFloats } from './vector.ts'
import { runs } from '../../../test/runs.ts'

const target: Target = { model: 'm', baseModel: 'm', capabilities: new Set() }
const requestFor = (count: number, more: Partial<EmbeddingsRequest> = {}): EmbeddingsRequest => ({
  format: 'openai-embeddings',
  model: 'm',
  inputs: Array.from({ length: count }, (_, index) => `text ${index}`),
  inputsField: 'input',
  encoding: 'float',
  ...more,
})

describe('vectors', () => {
  test('any list of 32-bit floats is unchanged after base64', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((count) => count / 1024),
          { minLength: 1 },
        ),
        (floats) => {
          const text = toBase64(floats)
          expect(readVector(text)).toBe(text)
          expect(toFloats(text)).toEqual(floats)
        },
      ),
      runs(),
    ))

  test('bytes of another kind of numbers are not a vector', () => {
    const int8 = '9sYAAzzy/vfgDQAeOgD2/w=='
    const small = Buffer.from(Float32Array.of(1e-30, -1e-25, 1e-20).buffer).toString('base64')
    const halves = Buffer.from(Uint16Array.from({ length: 64 }, (_, at) => 0x2800 + at * 17).buffer).toString('base64')
    for (const text of [int8, small, halves]) expect(readVector(text)).toBeUndefined()
  })

  test('any int8 vector of a usual length is not taken for floats', () =>
    fc.assert(
      fc.property(fc.int8Array({ minLength: 64, maxLength: 64 }), (bytes) => {
        const noise = bytes.filter((byte) => byte !== 0).length
        const text = Buffer.from(bytes.buffer).toString('base64')
        fc.pre(noise > 48)
        expect(readVector(text)).toBeUndefined()
      }),
      runs(),
    ))

  test('the byte order is little-endian', () => expect(toBase64([1, -2])).toBe('AACAPwAAAMA='))

  test.each([undefined, null, '', 'AAAA', 'AACAPw', 'AACA*w==', 7, {}, [], ['1'], [1, null]].map((value) => [value]))(
    '%j is not a vector',
    (value) => (value === 'AACAPw' ? expect(readVector(value)).toBe(value) : expect(readVector(value)).toBeUndefined()),
  )
})

describe('recorded responses', () => {
  const readers: Readonly<Record<string, EmbeddingsFormat>> = { cohere: cohereEmbed, gemini: geminiBatchEmbed }
  const recorded = fixtures(
    ({ features, status, api }) =>
      features.includes('embeddings') && status === 200 && !/^(vertex-gemini|ollama)$/.test(api),
  )
  test.each(recorded.map((entry) => [entry.file, entry] as const))('%s', (_file, entry) => {
    const { body } = loadFixture(entry).response
    const fields = body as { data?: unknown[]; embeddings?: unknown[] & { float?: unknown[] } }
    const count = (fields.data ?? fields.embeddings?.float ?? fields.embeddings)!.length
    const format = readers[entry.api] ?? openaiEmbeddings
    const request = requestFor(count)
    const answer = format.decodeResponse(body, request)
    expect(answer.vectors).toHaveLength(count)
    for (const vector of answer.vectors) expect(toFloats(vector)!.every(Number.isFinite)).toBe(true)
    if (entry.api !== 'gemini') expect(answer.usage!.input).toBeGreaterThan(0)
    expect(format.decodeResponse(format.encodeResponse(answer, request, 'id'), request)).toMatchObject({
      vectors: answer.vectors.map((vector) => toFloats(vector)),
    })
  })

  const withRequest = recorded.filter((entry) => /openai-embeddings|mistral|openrouter/.test(entry.file))
  test.each(withRequest.map((entry) => [entry.file, entry] as const))(
    'the request of %s is decoded and encoded unchanged',
    (_file, entry) => {
      const body = loadFixture(entry).request?.body as { input: unknown } | undefined
      if (!body) return
      const request = openaiEmbeddings.decodeRequest(body, { model: undefined, stream: false })
      const { input, ...rest } = body
      const written = openaiEmbeddings.encodeRequest(request, { ...target, model: request.model ?? '' }, new Losses())
      expect(written).toMatchObject({ ...rest, input: [input].flat() })
    },
  )
})

describe('tasks', () => {
  test.each<[Task | undefined, object, string | undefined, boolean]>([
    ['query', COHERE_TASKS, 'search_query', false],
    ['code-query', COHERE_TASKS, 'search_query', true],
    ['fact-check', VOYAGE_TASKS, 'query', true],
    ['similarity', COHERE_TASKS, undefined, true],
    ['clustering', JINA_TASKS, 'separation', false],
    ['question', GEMINI_TASKS, 'QUESTION_ANSWERING', false],
    [undefined, GEMINI_TASKS, undefined, false],
  ])('%p in %j is %p', (task, names, name, isNoted) => {
    const losses = new Losses()
    expect(encodeTask(requestFor(1, { ...(task && { task }) }), names, 'Provider', losses)).toBe(name)
    expect(losses.list.length).toBe(isNoted ? 1 : 0)
  })
})

test('no field is dropped silently', () => {
  const request = requestFor(1, { extra: { odd: 1 }, user: 'u', task: 'similarity' })
  for (const format of [cohereEmbed, geminiBatchEmbed, geminiEmbed]) {
    const losses = new Losses()
    format.encodeRequest(request, target, losses)
    expect(losses.list.map(({ field }) => field)).toEqual(
      expect.arrayContaining(format === cohereEmbed ? ['odd', 'user', 'input_type'] : ['odd', 'user']),
    )
  }
})

describe('Bedrock', () => {
  test('Titan accepts one text', () => {
    const request = requestFor(1, { dimensions: 256 })
    expect(titanEmbeddings.encodeRequest(request, new Losses())).toEqual({ inputText: 'text 0', dimensions: 256 })
    expect(titanEmbeddings.decodeResponse({ embedding: [1, 2], inputTextTokenCount: 3 }, request)).toEqual({
      vectors: [[1, 2]],
      usage: { input: 3, output: 0 },
    })
    expect(() => titanEmbeddings.encodeRequest(requestFor(2), new Losses())).toThrow(
      'at most 1 texts per request, not 2',
    )
  })

  test("Cohere's models get a task", () => {
    const request = requestFor(2, { task: 'query' })
    expect(bedrockCohereEmbeddings.encodeRequest(request, new Losses())).toEqual({
      texts: ['text 0', 'text 1'],
      input_type: 'search_query',
      embedding_types: ['float'],
    })
    expect(bedrockCohereEmbeddings.decodeResponse({ embeddings: { float: [[1], [2]] } }, request).vectors).toEqual([
      [1],
      [2],
    ])
    expect(() => bedrockCohereEmbeddings.decodeResponse({ embeddings: {} }, request)).toThrow('0 vectors for 2 texts')
  })
})

describe('vectors in the other encoding', () => {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text))
  const floats = '{"object":"list","data":[{"object":"embedding", "embedding" : [1,-2],"index":0}],"more":1}'
  const base64 = '{"data":[{"object":"embedding","embedding":"AACAPwAAAMA="}]}'
  test.each<[string, 'float' | 'base64', unknown]>([
    [
      floats,
      'base64',
      { object: 'list', data: [{ object: 'embedding', embedding: 'AACAPwAAAMA=', index: 0 }], more: 1 },
    ],
    [base64, 'float', { data: [{ object: 'embedding', embedding: [1, -2] }] }],
    [floats, 'float', undefined],
    [base64, 'base64', undefined],
    ['{"object":"embedding"}', 'base64', undefined],
    ['{"data":{"embedding":[1]}}', 'base64', undefined],
    ['{"data":[{"embedding":null}]}', 'base64', undefined],
    ['{"data":[{"embedding":"9sYAAzzy/vfgDQAeOgD2/w=="}]}', 'float', undefined],
    ['{"data":[{"embedding":"AACAPwAAAMA="},{"embedding":"9sYAAzzy/vfgDQAeOgD2/w=="}]}', 'float', undefined],
    ['{"data":[{"embedding":', 'base64', undefined],
  ])('%s, requested as %s', (answer, requested, expected) => {
    const given = bytes(answer)
    const written = withEncoding(given, requested)
    if (expected === undefined) expect(written).toBe(given)
    else expect(JSON.parse(written as string)).toEqual(expected)
  })

  test.each([
    ['{"input":"x"}', 'float'],
    ['{"input":"x","encoding_format":null}', 'float'],
    ['{"input":"x","encoding_format":"base64"}', 'base64'],
    ['{"input":"x","encoding_format":"int8"}', undefined],
    ['{"input":"x","encoding_format":["float"]}', undefined],
  ])('%s requests %p', (request, requested) => {
    const body = bytes(request)
    expect(requestedEncoding(readRequest(body, APIS['openai-embeddings']), body)).toBe(requested as 'float' | undefined)
  })
})

test('every format of embeddings and rerank is found by the name of its API', () => {
  for (const { name, operation } of Object.values(APIS))
    if (operation === 'embeddings' || operation === 'rerank') expect(wholeFormat(name)?.name).toBe(name)
})
