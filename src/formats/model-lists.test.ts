import { expect, test } from 'bun:test'
import { modelListFor } from './model-lists.ts'

const requestWith = (headers: Record<string, string>, url = 'http://h/v1/models') => ({
  headers: new Headers(headers),
  url,
})
const chatOnly = () => ['chat']

test.each<[string, Record<string, string>, object, object]>([
  ['other clients', {}, { object: 'list', data: [{ id: 'a' }, { id: 'b' }] }, { id: 'a', object: 'model' }],
  [
    "Anthropic's libraries",
    { 'anthropic-version': '2023-06-01' },
    { data: [{ type: 'model', id: 'a' }, { id: 'b' }], has_more: false, first_id: 'a', last_id: 'b' },
    { type: 'model', id: 'a', display_name: 'a', created_at: '2023-11-14T22:13:20.000Z' },
  ],
  [
    "Google's libraries",
    { 'x-goog-api-key': 'k' },
    { models: [{ name: 'models/a' }, { name: 'models/b' }] },
    { name: 'models/a', displayName: 'a' },
  ],
  ["Google's older libraries", { 'x-goog-api-client': 'genai-js' }, { models: [{}, {}] }, { name: 'models/a' }],
  ["Cohere's libraries", { 'x-fern-sdk-name': 'cohere-ai' }, { models: [{ name: 'a' }, {}] }, { name: 'a' }],
  ["Fern's other libraries", { 'x-fern-sdk-name': 'elevenlabs' }, { object: 'list' }, { object: 'model' }],
])('%s get their own format', (_title, headers, all, one) => {
  const { list, one: oneOf } = modelListFor(requestWith(headers), chatOnly)
  expect(list(['a', 'b'])).toMatchObject(all)
  expect(oneOf('a')).toMatchObject(one)
})

test('an empty list is valid', () =>
  expect(modelListFor(requestWith({ 'anthropic-version': '1' }), chatOnly).list([])).toEqual({
    data: [],
    has_more: false,
    first_id: null,
    last_id: null,
  }))

test.each<[string, string[]]>([
  ['', ['a', 'b']],
  ['?endpoint=chat', ['a']],
  ['?page_size=9&endpoint=embed', ['b']],
  ['?endpoint=classify', []],
])("Cohere's libraries can ask for an endpoint: %p", (query, expected) => {
  const request = requestWith({ 'x-fern-sdk-name': 'cohere' }, `http://h/v1/models${query}`)
  const { list } = modelListFor(request, (name) => (name === 'a' ? ['chat', 'completions'] : ['embeddings', 'rerank']))
  const { models } = list(['a', 'b']) as { models: { name: string; endpoints: string[] }[] }
  expect(models.map(({ name }) => name)).toEqual(expected)
  if (query === '') expect(models.map(({ endpoints }) => endpoints)).toEqual([['chat'], ['embed', 'rerank']])
})
