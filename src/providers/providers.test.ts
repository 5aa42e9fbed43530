import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configFrom, snapshotFrom } from '../../test/parts.ts'
import { OPERATIONS, type Operation, upstreamPath } from '../formats/apis/api.ts'
import { APIS } from '../formats/apis/apis.ts'
import { operationsOf } from './provider.ts'
import { hasDefaultUrl, providerType, providerTypes, typesWithKeys } from './index.ts'

/** The main operation of a provider type. */
const firstOf = ({ type }: Record<string, unknown>): Operation => operationsOf(providerType(type as string)!)[0]!

/** The URL and the headers of a call for `model` to a provider with these settings. */
function requestTo(fields: Record<string, unknown>, operation = firstOf(fields), model = 'm') {
  const { table } = snapshotFrom({ providers: { p: { apiKey: 'the-key', ...fields } }, models: { x: `p/${model}` } })
  const candidate = table.find('x')!.model.pools[operation]?.candidates[0]
  if (!candidate) return undefined
  const { type, apiVersion, headers } = candidate.provider
  const api = APIS[type.apis.find((name) => APIS[name].operation === operation)!]
  return {
    url: type.url(candidate.endpoint.baseUrl, upstreamPath(api, model, false), model, { apiVersion, stream: false }),
    headers,
  }
}

describe('the default URL of a chat call', () => {
  test.each([
    ['openai', 'https://api.openai.com/v1/chat/completions'],
    ['groq', 'https://api.groq.com/openai/v1/chat/completions'],
    ['deepseek', 'https://api.deepseek.com/v1/chat/completions'],
    ['xai', 'https://api.x.ai/v1/chat/completions'],
    ['mistral', 'https://api.mistral.ai/v1/chat/completions'],
    ['openrouter', 'https://openrouter.ai/api/v1/chat/completions'],
    ['together', 'https://api.together.xyz/v1/chat/completions'],
    ['fireworks', 'https://api.fireworks.ai/inference/v1/chat/completions'],
    ['perplexity', 'https://api.perplexity.ai/chat/completions'],
    ['cerebras', 'https://api.cerebras.ai/v1/chat/completions'],
    ['ollama', 'http://127.0.0.1:11434/v1/chat/completions'],
    ['anthropic', 'https://api.anthropic.com/v1/messages'],
    ['gemini', 'https://generativelanguage.googleapis.com/v1beta/models/m:generateContent'],
    ['huggingface', 'https://router.huggingface.co/v1/chat/completions'],
    ['nvidia-nim', 'https://integrate.api.nvidia.com/v1/chat/completions'],
  ])('%s', (type, url) => expect(requestTo({ type })?.url).toBe(url))

  test.each<[string, Operation, string]>([
    ['cohere', 'embeddings', 'https://api.cohere.com/v2/embed'],
    ['cohere', 'rerank', 'https://api.cohere.com/v2/rerank'],
    ['voyage', 'embeddings', 'https://api.voyageai.com/v1/embeddings'],
    ['voyage', 'rerank', 'https://api.voyageai.com/v1/rerank'],
    ['jina', 'embeddings', 'https://api.jina.ai/v1/embeddings'],
    ['jina', 'rerank', 'https://api.jina.ai/v1/rerank'],
    ['gemini', 'embeddings', 'https://generativelanguage.googleapis.com/v1beta/models/m:batchEmbedContents'],
    ['openai', 'moderations', 'https://api.openai.com/v1/moderations'],
  ])('%s for %s', (type, operation, url) => expect(requestTo({ type }, operation)?.url).toBe(url))

  test('the other types need a URL in the configuration', () =>
    expect(providerTypes.filter((type) => !hasDefaultUrl(type)).toSorted()).toEqual([
      'azure',
      'llamacpp',
      'openai-compatible',
      'responses-compatible',
      'sglang',
      'tgi',
      'vllm',
    ]))
})

describe.each(providerTypes.filter((type) => type !== 'azure' && type !== 'vertex' && !type.startsWith('bedrock')))(
  'the base URL of %s',
  (type) => {
    const { basePath, apis } = providerType(type)!
    const path = upstreamPath(APIS[apis[0]!], 'm', false)
    test.each([
      ['http://host:8000', `http://host:8000${basePath}`],
      ['http://host:8000/', `http://host:8000${basePath}`],
      ['http://host:8000/v1', 'http://host:8000/v1'],
      ['https://host/some/path/', 'https://host/some/path'],
    ])('%s', (baseUrl, base) => {
      expect(requestTo({ type, baseUrl })?.url).toBe(`${base}${path}`)
      expect(requestTo({ type, endpoints: [baseUrl] })?.url).toBe(`${base}${path}`)
    })
  },
)

describe('Azure', () => {
  const resource = 'https://res.openai.azure.com'
  const classic = `${resource}/openai/deployments`
  test.each<[string, string, string | undefined, Operation, string, string]>([
    ['the v1 API', resource, undefined, 'chat', 'gpt-4o', `${resource}/openai/v1/chat/completions`],
    [
      'the v1 API, path given',
      `${resource}/openai/v1/`,
      undefined,
      'embeddings',
      'e',
      `${resource}/openai/v1/embeddings`,
    ],
    [
      'the v1 API, half of the path given',
      `${resource}/openai`,
      undefined,
      'chat',
      'm',
      `${resource}/openai/v1/chat/completions`,
    ],
    [
      'the classic API',
      resource,
      '2024-10-21',
      'chat',
      'gpt-4o',
      `${classic}/gpt-4o/chat/completions?api-version=2024-10-21`,
    ],
    [
      'the classic API, path given',
      `${resource}/openai`,
      '2024-10-21',
      'completions',
      'm',
      `${classic}/m/completions?api-version=2024-10-21`,
    ],
    [
      'a resource of AI Foundry',
      'https://res.services.ai.azure.com',
      undefined,
      'chat',
      'grok-4',
      'https://res.services.ai.azure.com/openai/v1/chat/completions',
    ],
    [
      'a resource of AI Foundry, path given',
      'https://res.services.ai.azure.com/openai/v1/',
      undefined,
      'chat',
      'DeepSeek-V3.1',
      'https://res.services.ai.azure.com/openai/v1/chat/completions',
    ],
    [
      'a deployment with reserved characters',
      resource,
      '2025-01-01-preview',
      'chat',
      'a b?c',
      `${classic}/a%20b%3Fc/chat/completions?api-version=2025-01-01-preview`,
    ],
  ])('%s', (_title, baseUrl, apiVersion, operation, model, url) =>
    expect(requestTo({ type: 'azure', baseUrl, ...(apiVersion && { apiVersion }) }, operation, model)?.url).toBe(url),
  )
})

/** The other types send the key as a bearer token. */
const KEY_HEADERS: Readonly<Record<string, string>> = {
  azure: 'api-key',
  anthropic: 'x-api-key',
  gemini: 'x-goog-api-key',
  vertex: 'x-goog-api-key',
}

test('the URL of the Responses API at Azure has no deployment', () => {
  const urlOf = (apiVersion?: string) =>
    providerType('azure')!.url('https://r.openai.azure.com', '/responses', 'm', { apiVersion, stream: false })
  expect(urlOf()).toBe('https://r.openai.azure.com/openai/v1/responses')
  expect(urlOf('2025-04-01-preview')).toBe('https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview')
})

describe('the key', () => {
  test.each(providerTypes)('of %s', (type) => {
    const name = KEY_HEADERS[type]
    const [header, value] = name ? [name, 'the-key'] : ['authorization', 'Bearer the-key']
    expect(requestTo({ type, baseUrl: 'http://h' })?.headers).toEqual({ [header]: value })
  })

  test.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['none', { apiKey: 'none' }, {}],
    ['a configured header', { apiKey: 'none', headers: { 'X-Key': 'k' } }, { 'x-key': 'k' }],
    ['a configured authorization header', { headers: { Authorization: 'Basic k' } }, { authorization: 'Basic k' }],
  ])('%s', (_title, fields, headers) =>
    expect(requestTo({ type: 'vllm', baseUrl: 'http://h', ...fields })?.headers).toEqual(headers),
  )
})

test.each<[string, Operation[]]>([
  ['groq', ['chat', 'transcriptions', 'translations', 'speech']],
  ['mistral', ['chat', 'embeddings', 'moderations', 'transcriptions']],
  ['voyage', ['embeddings', 'rerank']],
  ['deepseek', ['chat', 'completions']],
])('%s offers %p', (type, offered) =>
  expect(OPERATIONS.filter((operation) => requestTo({ type }, operation))).toEqual(offered),
)

test('a field is renamed, dropped or rejected, never two of these', () => {
  for (const name of providerTypes) {
    const { renames, drops, rejects } = providerType(name)!
    const fields = [...Object.keys(renames), ...drops, ...rejects]
    expect(new Set(fields).size).toBe(fields.length)
  }
})

test.each<[Record<string, string>, string[]]>([
  [{}, []],
  [{ OPENAI_API_KEY: 'a', PATH: '/bin' }, ['openai OPENAI_API_KEY']],
  [{ OPENAI_API_KEY: '' }, []],
  [{ TOGETHERAI_API_KEY: 'a' }, ['together TOGETHERAI_API_KEY']],
  [{ TOGETHERAI_API_KEY: 'a', TOGETHER_API_KEY: 'b' }, ['together TOGETHER_API_KEY']],
  [{ AZURE_API_KEY: 'a' }, []], // without a URL
])('in the environment %j the hosted providers are %j', (environment, expected) =>
  expect(typesWithKeys(environment).map(({ type, variable }) => `${type.name} ${variable}`)).toEqual(expected),
)

describe('docs/providers.md', () => {
  const page = readFileSync(join(import.meta.dir, '../../docs/providers.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([\w-]+)` \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)].map((match) =>
    match.slice(1).map((cell) => cell.trim()),
  )

  const USER = JSON.stringify({ type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' })
  const environment = {
    OPENAI_API_KEY: 'a',
    AZURE_API_KEY: 'b',
    TEAM_KEY: 'c',
    ENTRA_SECRET: 'd',
    VERTEX_KEY: 'e',
    BEDROCK_KEY: 'f',
    AWS_KEY: 'AKID',
    AWS_SECRET: 'g',
  }
  test.each([...page.matchAll(/```yaml\n([^`]*)```/g)].map((match) => match[1]!))('its example %# loads', (text) =>
    expect(configFrom(text, environment, { '/run/secrets/vertex.json': USER }).providers).not.toEqual([]),
  )

  test('lists every type once', () =>
    expect(rows.map(([name]) => name!).toSorted()).toEqual([...providerTypes].toSorted()))

  test.each(rows)('is correct about %s', (name, url, keys, operations, quirks) => {
    const type = providerType(name!)!
    const codesIn = (text = '') => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
    const quirk = (verb: string) => codesIn(new RegExp(`${verb} ([^;]*)`).exec(quirks!)?.[1])
    const renames = [...quirks!.matchAll(/`(\w+)` becomes `(\w+)`/g)].map(([, from, to]) => [from, to])
    expect({
      url: codesIn(url)[0],
      keys: codesIn(keys),
      operations: operations!.split(', '),
      renames: Object.fromEntries(renames),
      drops: quirk('drops'),
      rejects: quirk('rejects'),
      streamsUsage: !quirks!.includes('usage without request'),
    }).toEqual({
      url: type.defaultUrl,
      keys: [...type.keyVariables],
      operations: [...operationsOf(type)] as string[],
      renames: { ...type.renames },
      drops: [...type.drops],
      rejects: [...type.rejects],
      streamsUsage: type.streamsUsage,
    })
  })
})
