import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authorizedUser, externalAccount, publicKey, serviceAccount } from '../../../test/google-credentials.ts'
import { configFrom } from '../../../test/parts.ts'
import { startTokenServer } from '../../../test/token-server.ts'
import { Authorizations } from '../authorizations.ts'
import { findCredentials } from './setup.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-vertex-'))
const subjectFile = join(folder, 'subject')
const google = startTokenServer()
afterAll(() => {
  rmSync(folder, { recursive: true })
  return google.stop()
})
beforeEach(() => {
  google.calls.length = 0
  google.answer = () => Response.json({ access_token: 'the-token', expires_in: 3600, token_type: 'Bearer' })
  writeFileSync(subjectFile, 'the-subject\n')
})

type Texts = Readonly<Record<string, string>>

const NOW_MS = 1_800_000_000_000
const REQUEST = { method: 'POST', url: 'https://x/', headers: {}, body: new Uint8Array() } as const

function headersFor(fields: Texts, environment: Texts = {}) {
  const [config] = configFrom({ providers: { vertex: { project: 'p', ...fields } } }, environment).providers
  const parts = { now: () => NOW_MS, pause: async () => {} }
  return new Authorizations(parts).for(config!)?.headers(REQUEST)
}

const withFile = (credentials: object) => headersFor({ credentials: JSON.stringify(credentials) })

describe('a service account', () => {
  const url = `${google.url}/token`

  test('requests a token with a signed JWT', async () => {
    expect(await withFile(serviceAccount(url))).toEqual({ authorization: 'Bearer the-token' })
    expect(google.calls).toMatchObject([
      { method: 'POST', url: '/token', form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' } },
    ])
    const [header, claims, signature] = google.calls[0]!.form['assertion']!.split('.') as [string, string, string]
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(read(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' })
    expect(read(claims)).toEqual({
      iss: 'sluice@the-project.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: url,
      iat: NOW_MS / 1000,
      exp: NOW_MS / 1000 + 3600,
    })
    const signed = Buffer.from(`${header}.${claims}`)
    const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
    expect(verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  test('accepts a key whose line breaks are escaped', async () => {
    const account = serviceAccount(url)
    const flat = { ...account, private_key: account.private_key.replaceAll('\n', '\\n') }
    expect(await withFile(flat)).toEqual({ authorization: 'Bearer the-token' })
  })

  test('reports why it was rejected, without its key', async () => {
    google.answer = ({ form }) =>
      Response.json({ error: 'invalid_grant', error_description: `Bad: ${form['assertion']}` }, { status: 400 })
    const error = await Promise.resolve(withFile(serviceAccount(url))).catch((thrown: unknown) => thrown as Error)
    expect(String(error)).toEndWith(`The token server ${google.host} returned 400 (invalid_grant: Bad: [redacted]).`)
  })
})

test('a user requests a token with a refresh token, and sends the quota project', async () => {
  const headers = await withFile(authorizedUser(`${google.url}/token`))
  expect(headers).toEqual({ authorization: 'Bearer the-token', 'x-goog-user-project': 'the-payer' })
  expect(google.calls[0]!.form).toEqual({
    grant_type: 'refresh_token',
    client_id: 'the-client',
    client_secret: 'the-client-secret',
    refresh_token: 'the-refresh-token',
  })
})

test('a machine requests a token from its metadata server', async () => {
  expect(await headersFor({}, { GCE_METADATA_HOST: google.host })).toEqual({ authorization: 'Bearer the-token' })
  expect(google.calls).toMatchObject([
    {
      method: 'GET',
      url: '/computeMetadata/v1/instance/service-accounts/default/token',
      headers: { 'metadata-flavor': 'Google' },
    },
  ])
})

describe('federation reads the subject token from', () => {
  const url = `${google.url}/subject?a=b`
  test.each<[string, object, string]>([
    ['a file', { file: subjectFile }, 'the-subject'],
    ['a server', { url, headers: { 'x-a': 'b' } }, 'plain'],
    [
      'a field',
      { url, headers: { 'x-a': 'b' }, format: { type: 'json', subject_token_field_name: 'id_token' } },
      'in-json',
    ],
  ])('%s', async (_title, source, subject) => {
    google.answer = ({ url: path }) =>
      path.startsWith('/subject')
        ? new Response(subject === 'plain' ? ' plain\n' : '{"id_token":"in-json"}')
        : Response.json({ access_token: 'the-token', expires_in: 3600 })
    expect(await withFile(externalAccount(`${google.url}/sts`, source))).toEqual({ authorization: 'Bearer the-token' })
    const exchange = google.calls.at(-1)!
    expect(exchange.url).toBe('/sts')
    expect(exchange.form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token: subject,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })
    if (subject !== 'the-subject')
      expect(google.calls[0]).toMatchObject({ url: '/subject?a=b', headers: { 'x-a': 'b' } })
  })

  test.each(['{}', 'token', '{"id_token":5}'])('not from %s', async (text) => {
    google.answer = () => new Response(text)
    const source = { url, format: { type: 'json', subject_token_field_name: 'id_token' } }
    const error = await Promise.resolve(withFile(externalAccount(`${google.url}/sts`, source))).catch(String)
    expect(error).toContain(`${google.host} has no subject token in the field that \`credential_source.format\` names.`)
  })
})

test.each<[string, (url: string) => object]>([
  [
    'federation',
    (url) => externalAccount(google.url, { file: subjectFile }, { service_account_impersonation_url: url }),
  ],
  [
    'its own credentials file',
    (url) => ({
      type: 'impersonated_service_account',
      service_account_impersonation_url: url,
      source_credentials: serviceAccount(google.url),
    }),
  ],
])('a service account is impersonated by %s', async (_title, credentials) => {
  google.answer = ({ url }) =>
    url.endsWith(':generateAccessToken')
      ? Response.json({ accessToken: 'of-the-account', expireTime: new Date(NOW_MS + 3_600_000).toISOString() })
      : Response.json({ access_token: 'the-token', expires_in: 3600 })
  const headers = await withFile(credentials(`${google.url}/v1/sa:generateAccessToken`))
  expect(headers).toEqual({ authorization: 'Bearer of-the-account' })
  expect(google.calls.at(-1)).toMatchObject({ headers: { authorization: 'Bearer the-token' } })
  expect(JSON.parse(google.calls.at(-1)!.body)).toEqual({
    scope: ['https://www.googleapis.com/auth/cloud-platform'],
    lifetime: '3600s',
  })
})

test('an API key needs no token', () => expect(headersFor({ apiKey: 'k' })).toBeUndefined())

test("credentials are found where Google's own tools look", () => {
  const home = join(folder, 'home')
  const known = join(home, '.config/gcloud/application_default_credentials.json')
  expect(findCredentials({ HOME: home })).toBeUndefined()
  mkdirSync(join(home, '.config/gcloud'), { recursive: true })
  writeFileSync(known, '{}')
  expect(findCredentials({ HOME: home })).toBe(known)
  expect(findCredentials({ CLOUDSDK_CONFIG: join(home, '.config/gcloud') })).toBe(known)
  expect(findCredentials({ HOME: home, GOOGLE_APPLICATION_CREDENTIALS: '/a/b.json' })).toBe('/a/b.json')
  expect(findCredentials({})).toBeUndefined()
})
