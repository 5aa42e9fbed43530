// Who we are to Bedrock: where the credentials come from, and what is wrong with them.
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
writeFileSync(tokenFile, 'proof-of-identity\n')

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

describe('the first of these says who we are', () => {
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
    ['nobody', {}, { AWS_ACCESS_KEY_ID: 'half' }, undefined],
  ])('%s', (_title, fields, environment, source) => {
    const found = sourceOf(config(fields, environment))
    if (source) expect(found).toMatchObject(source)
    else expect(found).toBeUndefined()
  })
})

describe('the region', () => {
  test.each<[string, object, Environment, string | undefined]>([
    ['as the configuration says', { region: 'us-west-2' }, REGION, 'us-west-2'],
    ['as the address says', { baseUrl: 'https://bedrock-runtime.ap-south-1.amazonaws.com' }, REGION, 'ap-south-1'],
    [
      'as the address within a network says',
      { baseUrl: 'https://vpce-1.bedrock-runtime.us-gov-west-1.vpce.amazonaws.com' },
      REGION,
      'us-gov-west-1',
    ],
    ['as the environment says', {}, { AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-3'],
    ['as nobody says', {}, {}, undefined],
  ])('%s', (_title, fields, environment, region) => expect(regionOf(config(fields, environment))).toBe(region!))

  test.each([
    ['eu-west-1', 'https://bedrock-runtime.eu-west-1.amazonaws.com'],
    ['cn-north-1', 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn'],
  ])('%s says the address', (region, url) => expect(bedrock.locate!(config({ region }))).toBe(url))

  test('the environment may say another address', () =>
    expect(bedrock.locate!(config({}, { ...REGION, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'https://h' }))).toBe('https://h'))
})

describe('what is wrong is said before anybody calls', () => {
  test.each<[string, object, Environment, string[]]>([
    ['nothing with keys and a region', {}, { ...KEYS, ...REGION }, []],
    ['nothing with a key and an address', { apiKey: 'k', baseUrl: 'http://h' }, {}, []],
    ['nothing with a bearer token and an address', { baseUrl: 'http://h' }, { AWS_BEARER_TOKEN_BEDROCK: 't' }, []],
    ['nothing with a header of its own', { baseUrl: 'http://h', headers: { authorization: 'x' } }, {}, []],
    ['no region', {}, KEYS, ['It has no region']],
    ['no region to sign for', { baseUrl: 'http://h' }, KEYS, ['It has no region']],
    ['no credentials', { region: 'eu-west-1' }, {}, ['It has no credentials']],
    ['half a pair of keys', { accessKeyId: 'A' }, REGION, ['one is given; allowed: both']],
    ['two proofs', { apiKey: 'k', accessKeyId: 'A', secretAccessKey: 'b' }, REGION, ['allowed: one of them']],
    [
      'an address that is none',
      {},
      { ...KEYS, ...REGION, AWS_ENDPOINT_URL_STS: 'sts' },
      ['AWS_ENDPOINT_URL_STS in the environment is no URL.'],
    ],
    [
      'keys in the clear from somewhere',
      {},
      { ...REGION, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://evil.example/keys' },
      ['neither https nor of this machine'],
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

test('a bearer token is sent as it is', () =>
  expect(authorize(config({}, { AWS_BEARER_TOKEN_BEDROCK: 't' }), parts)!.headers(REQUEST)).toEqual({
    authorization: 'Bearer t',
  }))

test.each([{ apiKey: 'k' }, { apiKey: 'none' }, { headers: { authorization: 'x' } }])('%j needs no more', (fields) =>
  expect(authorize(config(fields, { ...KEYS, ...REGION }), parts)).toBeUndefined(),
)

test('servers in several regions are each signed for their own', () => {
  const authorization = authorize(config({}, { ...KEYS, ...REGION }), parts)!
  const url = 'https://bedrock-runtime.us-west-2.amazonaws.com/model/a/converse'
  const headers = authorization.headers({ ...REQUEST, url }) as Record<string, string>
  expect(headers['authorization']).toContain('/us-west-2/bedrock/')
})

test('keys sign at once, and only what nobody changes on the way', () =>
  expect(authorize(config({}, { ...KEYS, ...REGION }), parts)!.headers(REQUEST)).toEqual({
    'x-amz-date': '20260101T000000Z',
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKID\/20260101\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/,
    ),
  }))

/** A server that gives out keys, and what it was asked. */
async function withServer(answer: () => Response, use: (url: string, asked: Asked[]) => Promise<void>): Promise<void> {
  const asked: Asked[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { method, headers, url } = request
      asked.push({
        method,
        path: new URL(url).pathname,
        authorization: headers.get('authorization'),
        body: await request.text(),
      })
      return answer()
    },
  })
  try {
    await use(`http://127.0.0.1:${server.port}`, asked)
  } finally {
    await server.stop(true)
  }
}

interface Asked {
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

test('a role is taken on with the token in the file, once', () =>
  withServer(
    () => new Response(xml(until(3_600_000))),
    async (url, asked) => {
      const authorization = authorize(config({}, { ...WEB, ...REGION, AWS_ENDPOINT_URL_STS: `${url}/` }), parts)!
      const memory = Buffer.from('abc')
      const first = authorization.headers({ ...REQUEST, body: memory })
      expect(first).toBeInstanceOf(Promise)
      memory.fill(0) // the next call writes over it
      const headers = await first
      expect(headers).toMatchObject({ 'x-amz-security-token': 'session//+=', 'x-amz-date': '20260101T000000Z' })
      expect(authorization.headers({ ...REQUEST, body: Buffer.from('abc') })).toEqual(headers)
      expect(asked).toHaveLength(1)
      const { method, path, body } = asked[0]!
      expect([method, path]).toEqual(['POST', '/'])
      expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: 'arn:aws:iam::1:role/r',
        RoleSessionName: 'sluice',
        WebIdentityToken: 'proof-of-identity',
      })
    },
  ))

const GIVEN = { AccessKeyId: 'ASIA2', SecretAccessKey: 's', Token: 'container-token', Expiration: until(3_600_000) }

test('a container asks its host, with its own token', () =>
  withServer(
    () => Response.json(GIVEN),
    async (url, asked) => {
      const environment = {
        ...REGION,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
      }
      const headers = await authorize(config({}, environment), parts)!.headers(REQUEST)
      expect(headers).toMatchObject({ 'x-amz-security-token': 'container-token' })
      expect(headers['authorization']).toContain('Credential=ASIA2/')
      expect(asked).toEqual([{ method: 'GET', path: '/v1/credentials', authorization: 'proof-of-identity', body: '' }])
    },
  ))

describe('no keys are to be had from', () => {
  test.each<[string, () => Response, string]>([
    ['a host that refuses', () => new Response('{"message":"no"}', { status: 403 }), 'gives no token: it answered 403'],
    ['a page', () => new Response('<html></html>'), 'answered 200 without keys'],
    ['keys with a line end', () => Response.json({ ...GIVEN, Token: 'a\r\nx: y' }), 'answered 200 without keys'],
    [
      'keys without an end',
      () => Response.json({ ...GIVEN, Expiration: 'soon' }),
      'no time until which they are valid',
    ],
    ['keys of yesterday', () => Response.json({ ...GIVEN, Expiration: until(-1000) }), 'has expired already'],
  ])('%s', (_title, answer, message) =>
    withServer(answer, async (url) => {
      const environment = { ...REGION, AWS_CONTAINER_CREDENTIALS_FULL_URI: url }
      const headers = Promise.resolve(authorize(config({}, environment), parts)!.headers(REQUEST))
      await expect(headers).rejects.toThrow(message)
    }),
  )

  test('a file that is not there', async () => {
    const environment = { ...WEB, ...REGION, AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'none') }
    await expect(Promise.resolve(authorize(config({}, environment), parts)!.headers(REQUEST))).rejects.toThrow('ENOENT')
  })
})
