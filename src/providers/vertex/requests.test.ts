import { describe, expect, test } from 'bun:test'
import { authorizedUser } from '../../../test/google-credentials.ts'
import { Warnings } from '../../pipeline/call/warnings.ts'
import { callFor, configFrom } from '../../../test/parts.ts'
import { masterKeyFrom } from '../../access/master-key.ts'
import { compile } from '../../config/compile.ts'
import { prepare } from '../../pipeline/request/prepare.ts'
import { EndpointRegistry } from '../../routing/endpoint.ts'
import { PoolStates } from '../../routing/pool-state.ts'

interface Case {
  readonly fields?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly model?: string
  readonly path?: string
  readonly body?: object
}

const CHAT = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 5 }

/** The upstream request for a client's request. */
function sent({ fields = { project: 'p' }, environment = {}, model = 'gemini-2.5-flash', path, body = CHAT }: Case) {
  const config = configFrom({ providers: { vertex: fields }, models: { m: `vertex/${model}` } }, environment)
  const snapshot = compile(config, {
    registry: new EndpointRegistry(),
    pools: new PoolStates(),
    masterKey: masterKeyFrom('k'),
    version: 1,
  })
  const call = callFor(snapshot, { body: { model: 'm', ...body }, ...(path !== undefined && { path }) })
  const candidate = snapshot.table.find('m')!.model.pools.chat!.candidates[0]!
  call.choice = { model: 'm', arm: undefined }
  const { bytes, envelope } = call.body
  const prepared = prepare(call, candidate, { body: bytes, envelope, matched: undefined }, new Warnings())
  return { ...prepared, json: JSON.parse(Buffer.from(prepared.body()).toString()) as Record<string, unknown> }
}

const GEMINI = 'publishers/google/models/gemini-2.5-flash:generateContent'
const user = JSON.stringify(authorizedUser('https://oauth2.googleapis.com/token'))

describe('the URL', () => {
  test.each<[string, Case, string]>([
    ['global', {}, `https://aiplatform.googleapis.com/v1/projects/p/locations/global/${GEMINI}`],
    [
      'a region',
      { fields: { project: 'p', location: 'europe-west4' } },
      `https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/${GEMINI}`,
    ],
    [
      'a multi-region',
      { fields: { project: 'p', location: 'eu' } },
      `https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu/${GEMINI}`,
    ],
    [
      'the other multi-region',
      { fields: { project: 'p', location: 'us' } },
      `https://aiplatform.us.rep.googleapis.com/v1/projects/p/locations/us/${GEMINI}`,
    ],
    [
      'project and location of the environment',
      { fields: {}, environment: { GOOGLE_CLOUD_PROJECT: 'e', GOOGLE_CLOUD_LOCATION: 'us-east5' } },
      `https://us-east5-aiplatform.googleapis.com/v1/projects/e/locations/us-east5/${GEMINI}`,
    ],
    [
      'project of the credentials',
      { fields: { credentials: user } },
      `https://aiplatform.googleapis.com/v1/projects/the-payer/locations/global/${GEMINI}`,
    ],
    ['express mode', { fields: { apiKey: 'k' } }, `https://aiplatform.googleapis.com/v1/${GEMINI}`],
    [
      'a key and a project',
      { fields: { apiKey: 'k', project: 'p' } },
      `https://aiplatform.googleapis.com/v1/projects/p/locations/global/${GEMINI}`,
    ],
    [
      'another API version',
      { fields: { project: 'p', apiVersion: 'v1beta1' } },
      `https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global/${GEMINI}`,
    ],
    [
      'a configured host',
      { fields: { project: 'p', baseUrl: 'http://10.0.0.1:81/' } },
      `http://10.0.0.1:81/v1/projects/p/locations/global/${GEMINI}`,
    ],
    [
      'a configured path',
      { fields: { project: 'p', baseUrl: 'http://h/v1/projects/q/locations/l' } },
      `http://h/v1/projects/q/locations/l/${GEMINI}`,
    ],
    [
      'a stream',
      { body: { ...CHAT, stream: true } },
      'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    ],
    [
      'Claude',
      { model: 'claude-sonnet-4-5@20250929' },
      'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict',
    ],
    [
      'a stream of Claude',
      { model: 'claude-opus-4-1', body: { ...CHAT, stream: true } },
      'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/anthropic/models/claude-opus-4-1:streamRawPredict',
    ],
    [
      'reserved characters',
      { model: 'a/../b?c' },
      'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/a%2F..%2Fb%3Fc:generateContent',
    ],
  ])('%s', (_title, input, url) => expect(sent(input).url).toBe(url))

  test('the key of express mode is in x-goog-api-key', () =>
    expect(sent({ fields: { apiKey: 'k' } }).headers).toMatchObject({ 'x-goog-api-key': 'k' }))
})

describe('Claude gets the version in the body and the model in the path', () => {
  const claude = 'claude-sonnet-4-5'
  test.each<[string, string, object]>([
    ['from an OpenAI client', '/v1/chat/completions', CHAT],
    ['from an Anthropic client', '/v1/messages', CHAT],
    [
      'from an Anthropic client with another version',
      '/v1/messages',
      { anthropic_version: 'bedrock-2023-05-31', ...CHAT },
    ],
  ])('%s', (_title, path, body) => {
    const { json } = sent({ model: claude, path, body })
    expect(json).toMatchObject({ anthropic_version: 'vertex-2023-10-16', max_tokens: 5 })
    expect(json).not.toHaveProperty('model')
  })

  test('and nothing else changes for a client of the same API format', () => {
    const { json } = sent({ model: claude, path: '/v1/messages', body: { ...CHAT, stream: true, new_field: [1] } })
    expect(json).toEqual({ anthropic_version: 'vertex-2023-10-16', ...CHAT, stream: true, new_field: [1] })
  })

  test('Gemini gets no version in the body', () => expect(sent({}).json).not.toHaveProperty('anthropic_version'))
})
