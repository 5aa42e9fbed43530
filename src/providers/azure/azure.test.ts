import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFrom } from '../../../test/parts.ts'
import { startTokenServer } from '../../../test/token-server.ts'
import { ConfigError } from '../../config/problem.ts'
import { Authorizations } from '../authorizations.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-azure-'))
const file = join(folder, 'token')
const entra = startTokenServer()
afterAll(() => {
  rmSync(folder, { recursive: true })
  return entra.stop()
})
beforeEach(() => {
  entra.calls.length = 0
  writeFileSync(file, 'the-assertion\n')
})

type Fields = Readonly<Record<string, string>>

const configOf = (fields: Fields, environment: Fields = {}) =>
  configFrom({ providers: { azure: { baseUrl: 'https://r.openai.azure.com', ...fields } } }, environment).providers[0]!

const REQUEST = { method: 'POST', url: 'https://r.openai.azure.com/', headers: {}, body: new Uint8Array() } as const

const headersFor = (fields: Fields, environment: Fields) =>
  new Authorizations({ pause: async () => {} }).for(configOf(fields, environment))?.headers(REQUEST)

const SETTINGS = { tenantId: 'the-tenant', clientId: 'the-client' }
const VARIABLES = { AZURE_TENANT_ID: 'the-tenant', AZURE_CLIENT_ID: 'the-client' }
const FORM = {
  grant_type: 'client_credentials',
  client_id: 'the-client',
  scope: 'https://cognitiveservices.azure.com/.default',
}
const ASSERTED = {
  ...FORM,
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: 'the-assertion',
}

describe('a token of Entra ID is requested with', () => {
  test.each<[string, Fields, Fields, Fields]>([
    [
      'a secret of the configuration',
      { ...SETTINGS, clientSecret: 's3cret!' },
      {},
      { ...FORM, client_secret: 's3cret!' },
    ],
    ['a secret of the environment', {}, { ...VARIABLES, AZURE_CLIENT_SECRET: 's' }, { ...FORM, client_secret: 's' }],
    [
      'the configuration before the environment',
      { clientId: 'other' },
      { ...VARIABLES, AZURE_CLIENT_SECRET: 's' },
      { ...FORM, client_id: 'other', client_secret: 's' },
    ],
    ['a token file of the cluster', {}, { ...VARIABLES, AZURE_FEDERATED_TOKEN_FILE: file }, ASSERTED],
    [
      'a token file of the cluster, as configured',
      { ...SETTINGS, identity: 'workload' },
      { AZURE_CLIENT_SECRET: 's', AZURE_FEDERATED_TOKEN_FILE: file },
      ASSERTED,
    ],
  ])('%s', async (_title, fields, environment, form) => {
    const headers = await headersFor(fields, { ...environment, AZURE_AUTHORITY_HOST: `${entra.url}/` })
    expect(headers).toEqual({ authorization: 'Bearer the-token' })
    expect(entra.calls).toMatchObject([{ method: 'POST', url: '/the-tenant/oauth2/v2.0/token', form }])
    expect(entra.calls[0]!.headers['content-type']).toStartWith('application/x-www-form-urlencoded')
    expect(entra.calls[0]!.form).toEqual(form)
  })

  const resource = 'resource=https%3A%2F%2Fcognitiveservices.azure.com'
  test.each<[string, Fields, Fields, string, Fields]>([
    [
      'the identity of a machine',
      { identity: 'managed' },
      { AZURE_POD_IDENTITY_AUTHORITY_HOST: entra.url },
      `/metadata/identity/oauth2/token?api-version=2018-02-01&${resource}`,
      { metadata: 'true' },
    ],
    [
      'one of several identities of a machine',
      { identity: 'managed', clientId: 'c' },
      { AZURE_POD_IDENTITY_AUTHORITY_HOST: entra.url },
      `/metadata/identity/oauth2/token?api-version=2018-02-01&${resource}&client_id=c`,
      { metadata: 'true' },
    ],
    [
      'the identity of an app',
      {},
      { IDENTITY_ENDPOINT: `${entra.url}/msi`, IDENTITY_HEADER: 'h' },
      `/msi?api-version=2019-08-01&${resource}`,
      { 'x-identity-header': 'h' },
    ],
  ])('%s', async (_title, fields, environment, url, headers) => {
    expect(await headersFor(fields, environment)).toEqual({ authorization: 'Bearer the-token' })
    expect(entra.calls).toMatchObject([{ method: 'GET', url, headers }])
  })
})

test('the token file of the cluster is read again for each token', async () => {
  let nowMs = 0
  const config = configOf({}, { ...VARIABLES, AZURE_FEDERATED_TOKEN_FILE: file, AZURE_AUTHORITY_HOST: entra.url })
  const authorization = new Authorizations({ now: () => nowMs }).for(config)!
  await authorization.headers(REQUEST)
  writeFileSync(file, 'the-next')
  nowMs = 3_600_000
  await authorization.headers(REQUEST)
  expect(entra.calls.map(({ form }) => form['client_assertion'])).toEqual(['the-assertion', 'the-next'])
})

test('an unchanged configuration keeps its token, a changed one gets its own', async () => {
  const authorizations = new Authorizations()
  const secret = (clientSecret: string) =>
    authorizations.for(configOf({ ...SETTINGS, clientSecret }, { AZURE_AUTHORITY_HOST: entra.url }))!
  const first = secret('a-secret')
  await first.headers(REQUEST)
  expect(secret('a-secret')).toBe(first)
  expect(secret('a-secret').headers(REQUEST)).toEqual({ authorization: 'Bearer the-token' })
  const fetched = secret('b-secret').headers(REQUEST)
  expect(fetched).toBeInstanceOf(Promise)
  await fetched // before its server stops
})

test.each<[string, Fields, Fields]>([
  ['a key', { apiKey: 'k' }, {}],
  ['a key, although the environment has an identity', { apiKey: 'k' }, { ...VARIABLES, AZURE_CLIENT_SECRET: 's' }],
  ['nothing', {}, {}],
])('%s needs no token', (_title, fields, environment) => expect(headersFor(fields, environment)).toBeUndefined())

test.each<[string, Fields, Fields, RegExp]>([
  [
    'a missing file',
    { identity: 'workload' },
    { ...VARIABLES, AZURE_FEDERATED_TOKEN_FILE: join(folder, 'none') },
    /The token file .*none cannot be read \(ENOENT\)\.$/,
  ],
  ['a folder', { identity: 'workload' }, { ...VARIABLES, AZURE_FEDERATED_TOKEN_FILE: folder }, /cannot be read/],
  ['an empty file', { identity: 'workload' }, { ...VARIABLES, AZURE_FEDERATED_TOKEN_FILE: '/dev/null' }, /is empty/],
])('the error names %s', async (_title, fields, environment, message) => {
  const headers = headersFor(fields, environment)
  expect(await Promise.resolve(headers).then(String, (thrown: Error) => thrown.message)).toMatch(message)
})

describe('a configuration is rejected for', () => {
  const NOT = 'Providers of this type have no `clientId`; allowed: for type azure.'
  test.each<[string, Fields, Fields, string]>([
    [
      'half an identity',
      { clientSecret: 's3cret-value' },
      {},
      'The identity is incomplete; missing: `tenantId` (or AZURE_TENANT_ID), `clientId` (or AZURE_CLIENT_ID).',
    ],
    ['no secret', SETTINGS, {}, 'The identity is incomplete; missing: `clientSecret` (or AZURE_CLIENT_SECRET).'],
    [
      'no file',
      { ...SETTINGS, identity: 'workload' },
      {},
      'The identity is incomplete; missing: AZURE_FEDERATED_TOKEN_FILE in the environment.',
    ],
    [
      'half an identity in the environment',
      {},
      { AZURE_CLIENT_SECRET: 's3cret-value' },
      'The identity is incomplete; missing: `tenantId` (or AZURE_TENANT_ID), `clientId` (or AZURE_CLIENT_ID).',
    ],
    [
      'a header that cannot be sent',
      { identity: 'managed' },
      { IDENTITY_ENDPOINT: 'http://127.0.0.1/token', IDENTITY_HEADER: 'a\u200bb' },
      'IDENTITY_HEADER in the environment contains a zero-width space (U+200B), which a header cannot carry; allowed: visible ASCII characters.',
    ],
    ['both', { ...SETTINGS, apiKey: 'k' }, {}, 'Both `apiKey` and an identity are set; allowed: one of them.'],
    [
      'an unknown kind',
      { identity: 'wizard' },
      {},
      '"wizard" is not a kind of identity; allowed: secret, workload, managed',
    ],
    [
      'an invalid tenant',
      { tenantId: 'a/b' },
      {},
      '"a/b" is not a valid value; allowed: up to 100 letters, digits, dots, colons, underscores and dashes',
    ],
    [
      'an invalid URL',
      { identity: 'managed' },
      { IDENTITY_ENDPOINT: 'here' },
      'Not a valid URL in the environment: IDENTITY_ENDPOINT.',
    ],
    ['a setting of another type', { type: 'vllm', clientId: 'c' }, {}, NOT],
  ])('%s', (_title, fields, environment, message) => {
    const problems = (() => {
      try {
        configOf(fields, environment)
        return []
      } catch (thrown) {
        if (thrown instanceof ConfigError) return thrown.problems
        throw thrown
      }
    })()
    expect(problems.map((problem) => problem.message)).toContain(message)
    expect(JSON.stringify(problems)).not.toContain('s3cret-value')
  })
})
