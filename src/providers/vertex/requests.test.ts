import { describe, expect, test } from 'bun:test'
import { authorizedUser } from '../../../test/google-credentials.ts'
import { Warnings } from '../../pipeline/call/warnings.ts'
import { callFor, configFrom } from '../../../test/parts.ts'
import { masterKeyFrom } from '../../access/master-key.ts'
import { compile } from '../../config/compile.ts'
import { prepare } from '../../pipeline/request/prepare.ts'
import { EndpointRegistry } from '../../routing/endpoint.ts'
import { PoolStates } from '../../routing/pool-state.ts'

interface Asked {
  readonly fields?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly model?: string
  readonly path?: string
  readonly body?: object
}

const CHAT = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 5 }

/** What goes out for a request of a client. */
function sent({ fields = { project: 'p' }, environment = {}, model = 'gemini-2.5-flash', path, body = CHAT }: Asked) {
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
  return { ...prepared, json: JSON.parse(Buffer.from(prepared.body).toString()) as Record<string, unknown> }
}

const GEMINI = 'publishers/google/models/gemini-2.5-flash:generateContent'
const user = JSON.stringify(authorizedUser('https://oauth2.googleapis.com/token'))

describe('where a call goes', () => {
  test.each<[string, Asked, string]>([
    ['everywhere', {}, `https://aiplatform.googleapis.com/v1/projects/p/locations/global/${GEMINI}`],
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
      'as the environment says',
      { fields: {}, environment: { GOOGLE_CLOUD_PROJECT: 'e', GOOGLE_CLOUD_LOCATION: 'us-east5' } },
      `https://us-east5-aiplatform.googleapis.com/v1/projects/e/locations/us-east5/${GEMINI}`,
    ],
    [
      'as the credentials say',
      { fields: { credentials: user } },
      `https://aiplatform.googleapis.com/v1/projects/the-payer/locations/global/${GEMINI}`,
    ],
    ['express mode', { fields: { apiKey: 'k' } }, `https://aiplatform.googleapis.com/v1/${GEMINI}`],
    [
      'a key of a project',
      { fields: { apiKey: 'k', project: 'p' } },
      `https://aiplatform.googleapis.com/v1/projects/p/locations/global/${GEMINI}`,
    ],
    [
      'another version',
      { fields: { project: 'p', apiVersion: 'v1beta1' } },
      `https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global/${GEMINI}`,
    ],
    [
      'a host of its own',
      { fields: { project: 'p', baseUrl: 'http://10.0.0.1:81/' } },
      `http://10.0.0.1:81/v1/projects/p/locations/global/${GEMINI}`,
    ],
    [
      'a path of its own',
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
      'odd letters',
      { model: 'a/../b?c' },
      'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/a%2F..%2Fb%3Fc:generateContent',
    ],
  ])('%s', (_title, asked, url) => expect(sent(asked).url).toBe(url))

  test("an express key is in the header of Google's own", () =>
    expect(sent({ fields: { apiKey: 'k' } }).headers).toMatchObject({ 'x-goog-api-key': 'k' }))
})

describe('Claude is told its version in the body and its model in the path', () => {
  const claude = 'claude-sonnet-4-5'
  test.each<[string, string, object]>([
    ['of an OpenAI client', '/v1/chat/completions', CHAT],
    ['of an Anthropic client', '/v1/messages', CHAT],
    [
      'of an Anthropic client that says another version',
      '/v1/messages',
      { anthropic_version: 'bedrock-2023-05-31', ...CHAT },
    ],
  ])('%s', (_title, path, body) => {
    const { json } = sent({ model: claude, path, body })
    expect(json).toMatchObject({ anthropic_version: 'vertex-2023-10-16', max_tokens: 5 })
    expect(json).not.toHaveProperty('model')
  })

  test('and nothing else changes for a client of its language', () => {
    const { json } = sent({ model: claude, path: '/v1/messages', body: { ...CHAT, stream: true, new_field: [1] } })
    expect(json).toEqual({ anthropic_version: 'vertex-2023-10-16', ...CHAT, stream: true, new_field: [1] })
  })

  test('Gemini is not', () => expect(sent({}).json).not.toHaveProperty('anthropic_version'))
})
