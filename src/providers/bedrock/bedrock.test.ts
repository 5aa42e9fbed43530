// Bedrock's credentials: their sources, their problems, and the requests for temporary ones.
import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFrom } from '../../../test/parts.ts'
import type { AuthorizationParts } from '../authorization.ts'
import type { ProviderConfig } from '../config.ts'
import { authorize } from './authorize.ts'
import { bedrockProblems, sourceOf } from './credentials.ts'
import { bedrock } from './index.ts'
import { regionOf } from './region.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-aws-'))
afterAll(() => rmSync(folder, { recursive: true }))
const tokenFile = join(folder, 'token')
writeFileSync(tokenFile, 'identity-token\n')

type Environment = Readonly<Record<string, string>>

const config = (fields: object, environment: Environment = {}): ProviderConfig => ({
  ...configFrom({ providers: { p: { type: 'openai', baseUrl: 'http://h' } } }).providers[0]!,
  baseUrl: undefined,
  ...fields,
  environment,
})

const KEYS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' }
const WEB = { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile, AWS_ROLE_ARN: 'arn:aws:iam::1:role/r' }
const ECS = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/1' }
const REGION = { AWS_REGION: 'eu-west-1' }

describe('the source of credentials, in order of precedence', () => {
  test.each<[string, object, Environment, object | undefined]>([
    [
      'keys of the configuration',
      { accessKeyId: 'A', secretAccessKey: 'b', sessionToken: 'c' },
      { ...KEYS, AWS_BEARER_TOKEN_BEDROCK: 't' },
      { type: 'keys', credentials: { accessKeyId: 'A', secretAccessKey: 'b', sessionToken: 'c' } },
    ],
    ['a bearer token', {}, { ...KEYS, AWS_BEARER_TOKEN_BEDROCK: 't' }, { type: 'bearer', token: 't' }],
    [
      'keys of the environment',
      {},
      { ...KEYS, ...WEB },
      { type: 'keys', credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' } },
    ],
    [
      'a web identity',
      {},
      { ...WEB, ...ECS },
      { type: 'web-identity', file: tokenFile, role: 'arn:aws:iam::1:role/r', session: 'sluice' },
    ],
    ['a container of ECS', {}, ECS, { type: 'container', url: 'http://169.254.170.2/v2/credentials/1' }],
    [
      'a container of EKS',
      {},
      {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/f',
      },
      { type: 'container', url: 'http://169.254.170.23/v1/credentials', file: '/f' },
    ],
    ['none', {}, { AWS_ACCESS_KEY_ID: 'half' }, undefined],
  ])('%s', (_title, fields, environment, source) => {
    const found = sourceOf(config(fields, environment))
    if (source) expect(found).toMatchObject(source)
    else expect(found).toBeUndefined()
  })
})

describe('the region', () => {
  test.each<[string, object, Environment, string | undefined]>([
    ['from the configuration', { region: 'us-west-2' }, REGION, 'us-west-2'],
    ['from the URL', { baseUrl: 'https://bedrock-runtime.ap-south-1.amazonaws.com' }, REGION, 'ap-south-1'],
    [
      'from the URL of a VPC endpoint',
      { baseUrl: 'https://vpce-1.bedrock-runtime.us-gov-west-1.vpce.amazonaws.com' },
      REGION,
      'us-gov-west-1',
    ],
    ['from the environment', {}, { AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-3'],
    ['unknown', {}, {}, undefined],
  ])('%s', (_title, fields, environment, region) => expect(regionOf(config(fields, environment))).toBe(region!))

  test.each([
    ['eu-west-1', 'https://bedrock-runtime.eu-west-1.amazonaws.com'],
    ['cn-north-1', 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn'],
  ])('%s determines the URL', (region, url) => expect(bedrock.locate!(config({ region }))).toBe(url))

  test('the environment can override the URL', () =>
    expect(bedrock.locate!(config({}, { ...REGION, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'https://h' }))).toBe('https://h'))
})

describe('problems of the configuration', () => {
  test.each<[string, object, Environment, string[]]>([
    ['none with keys and a region', {}, { ...KEYS, ...REGION }, []],
    ['none with a key and a URL', { apiKey: 'k', baseUrl: 'http://h' }, {}, []],
    ['none with a bearer token and a URL', { baseUrl: 'http://h' }, { AWS_BEARER_TOKEN_BEDROCK: 't' }, []],
    ['none with a configured header', { baseUrl: 'http://h', headers: { authorization: 'x' } }, {}, []],
    ['no region', {}, KEYS, ['The region is unknown']],
    ['no region to sign for', { baseUrl: 'http://h' }, KEYS, ['The region is unknown']],
    ['no credentials', { region: 'eu-west-1' }, {}, ['There are no credentials']],
    ['half a pair of keys', { accessKeyId: 'A' }, REGION, ['is set; allowed: both']],
    [
      'two kinds of credentials',
      { apiKey: 'k', accessKeyId: 'A', secretAccessKey: 'b' },
      REGION,
      ['allowed: one of them'],
    ],
    [
      'an invalid URL',
      {},
      { ...KEYS, ...REGION, AWS_ENDPOINT_URL_STS: 'sts' },
      ['Not a valid URL in the environment: AWS_ENDPOINT_URL_STS.'],
    ],
    [
      'a bearer token that no header can carry',
      {},
      { ...REGION, AWS_BEARER_TOKEN_BEDROCK: 'a\u200bb' },
      ['AWS_BEARER_TOKEN_BEDROCK in the environment contains a zero-width space (U+200B), which a header cannot carry'],
    ],
    [
      'keys with quotes of a document',
      {},
      { ...REGION, ...KEYS, AWS_SECRET_ACCESS_KEY: '\u201csecret\u201d' },
      ['AWS_SECRET_ACCESS_KEY in the environment contains a curly quote (U+201C)'],
    ],
    [
      'a session token with a no-break space',
      {},
      { ...REGION, ...KEYS, AWS_SESSION_TOKEN: 'a\u00a0b' },
      ['AWS_SESSION_TOKEN in the environment contains a no-break space'],
    ],
    [
      'a line break in the token of a container',
      {},
      { ...REGION, ...ECS, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'a\nb' },
      ['AWS_CONTAINER_AUTHORIZATION_TOKEN in the environment contains a control character'],
    ],
    [
      'none of variables that are not used',
      { accessKeyId: 'A', secretAccessKey: 'b' },
      { ...REGION, ...KEYS, AWS_SESSION_TOKEN: 'a\u200bb', AWS_CONTAINER_AUTHORIZATION_TOKEN: 'a\nb' },
      [],
    ],
    [
      'keys over http from another host',
      {},
      { ...REGION, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://evil.example/keys' },
      ['allowed: an https URL, or http to this machine'],
    ],
  ])('%s', (_title, fields, environment, problems) => {
    const found = bedrockProblems(config(fields, environment)).map(({ message }) => message)
    expect(found).toHaveLength(problems.length)
    for (const [index, problem] of problems.entries()) expect(found[index]).toContain(problem)
  })
})

const NOW = Date.UTC(2026, 0, 1)
const parts: AuthorizationParts = { now: () => NOW, pause: async () => {}, report: () => {} }
const REQUEST = {
  method: 'POST',
  url: 'https://bedrock-runtime.eu-west-1.amazonaws.com/model/a%3A0/converse',
  headers: { 'content-type': 'application/json', 'user-agent': 'sluice', 'x-request-id': '1' },
  body: new Uint8Array(3),
} as const

test('a bearer token is sent unchanged', () =>
  expect(authorize(config({}, { AWS_BEARER_TOKEN_BEDROCK: 't' }), parts)!.headers(REQUEST)).toEqual({
    authorization: 'Bearer t',
  }))

test.each([{ apiKey: 'k' }, { apiKey: 'none' }, { headers: { authorization: 'x' } }])(
  '%j needs no credentials',
  (fields) => expect(authorize(config(fields, { ...KEYS, ...REGION }), parts)).toBeUndefined(),
)

test('requests are signed for the region of their URL', () => {
  const authorization = authorize(config({}, { ...KEYS, ...REGION }), parts)!
  const url = 'https://bedrock-runtime.us-west-2.amazonaws.com/model/a/converse'
  const headers = authorization.headers({ ...REQUEST, url }) as Record<string, string>
  expect(headers['authorization']).toContain('/us-west-2/bedrock/')
})

test('fixed keys sign without a promise, and only headers that proxies do not change', () =>
  expect(authorize(config({}, { ...KEYS, ...REGION }), parts)!.headers(REQUEST)).toEqual({
    'x-amz-date': '20260101T000000Z',
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKID\/20260101\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/,
    ),
  }))

/** Runs `use` with a server for keys and the requests that it received. */
async function withServer(
  respond: () => Response,
  use: (url: string, requests: Received[]) => Promise<void>,
): Promise<void> {
  const requests: Received[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { method, headers, url } = request
      requests.push({
        method,
        path: new URL(url).pathname,
        authorization: headers.get('authorization'),
        body: await request.text(),
      })
      return respond()
    },
  })
  try {
    await use(`http://127.0.0.1:${server.port}`, requests)
  } finally {
    await server.stop(true)
  }
}

interface Received {
  readonly method: string
  readonly path: string
  readonly authorization: string | null
  readonly body: string
}

const until = (ms: number) => new Date(NOW + ms).toISOString()
const xml = (expires: string) => `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <SessionToken>session//+=</SessionToken><SecretAccessKey>secret/+</SecretAccessKey>
    <Expiration>${expires}</Expiration><AccessKeyId>ASIA1</AccessKeyId>
  </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`

test('a role is assumed with the token in the file, once', () =>
  withServer(
    () => new Response(xml(until(3_600_000))),
    async (url, requests) => {
      const authorization = authorize(config({}, { ...WEB, ...REGION, AWS_ENDPOINT_URL_STS: `${url}/` }), parts)!
      const memory = Buffer.from('abc')
      const first = authorization.headers({ ...REQUEST, body: memory })
      expect(first).toBeInstanceOf(Promise)
      memory.fill(0) // the next call overwrites it
      const headers = await first
      expect(headers).toMatchObject({ 'x-amz-security-token': 'session//+=', 'x-amz-date': '20260101T000000Z' })
      expect(authorization.headers({ ...REQUEST, body: Buffer.from('abc') })).toEqual(headers)
      expect(requests).toHaveLength(1)
      const { method, path, body } = requests[0]!
      expect([method, path]).toEqual(['POST', '/'])
      expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: 'arn:aws:iam::1:role/r',
        RoleSessionName: 'sluice',
        WebIdentityToken: 'identity-token',
      })
    },
  ))

const RESPONSE = { AccessKeyId: 'ASIA2', SecretAccessKey: 's', Token: 'container-token', Expiration: until(3_600_000) }

test('a container requests keys from its host, with its own token', () =>
  withServer(
    () => Response.json(RESPONSE),
    async (url, requests) => {
      const environment = {
        ...REGION,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
      }
      const headers = await authorize(config({}, environment), parts)!.headers(REQUEST)
      expect(headers).toMatchObject({ 'x-amz-security-token': 'container-token' })
      expect(headers['authorization']).toContain('Credential=ASIA2/')
      expect(requests).toEqual([{ method: 'GET', path: '/v1/credentials', authorization: 'identity-token', body: '' }])
    },
  ))

describe('fetching keys fails for', () => {
  test.each<[string, () => Response, string]>([
    ['a host that returns 403', () => new Response('{"message":"no"}', { status: 403 }), 'returned 403'],
    ['an HTML page', () => new Response('<html></html>'), 'the response has no valid keys'],
    [
      'keys with a line break',
      () => Response.json({ ...RESPONSE, Token: 'a\r\nx: y' }),
      'the response has no valid keys',
    ],
    [
      'keys without an expiry time',
      () => Response.json({ ...RESPONSE, Expiration: 'soon' }),
      'without a valid expiry time',
    ],
    ['expired keys', () => Response.json({ ...RESPONSE, Expiration: until(-1000) }), 'returned an expired token'],
  ])('%s', (_title, respond, message) =>
    withServer(respond, async (url) => {
      const environment = { ...REGION, AWS_CONTAINER_CREDENTIALS_FULL_URI: url }
      const headers = Promise.resolve(authorize(config({}, environment), parts)!.headers(REQUEST))
      await expect(headers).rejects.toThrow(message)
    }),
  )

  test('a missing token file', async () => {
    const environment = { ...WEB, ...REGION, AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'none') }
    await expect(Promise.resolve(authorize(config({}, environment), parts)!.headers(REQUEST))).rejects.toThrow('ENOENT')
  })
})
