import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { authorizedUser, externalAccount, privateKey, serviceAccount } from '../../../test/google-credentials.ts'
import { configFrom } from '../../../test/parts.ts'
import { ConfigError } from '../../config/problem.ts'
import { readCredentials } from './credentials.ts'

const URI = 'https://oauth2.googleapis.com/token'
const account = serviceAccount(URI)
const user = authorizedUser(URI)
const federated = (source: object, more: object = {}) =>
  externalAccount('https://sts.googleapis.com/v1/token', source, more)
const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

const BAD: readonly (readonly [string, unknown, string])[] = [
  ['no JSON', 'private_key: x', 'is no JSON object'],
  ['half of the file', JSON.stringify(account).slice(0, 300), 'is no JSON object'],
  ['a list', [account], 'is no JSON object'],
  ['null', null, 'is no JSON object'],
  [
    'no type',
    { ...account, type: undefined },
    'is of no type that is supported; allowed: service_account, authorized_user, external_account, impersonated_service_account',
  ],
  ['a client of a web page', { web: { client_id: 'x' } }, 'is of no type that is supported'],
  ['a type that is not supported', { type: 'gdch_service_account' }, 'is of no type that is supported'],
  ['no key', { ...account, private_key: undefined }, 'has no `private_key` that is text'],
  ['a key that is no text', { ...account, private_key: 5 }, 'has no `private_key` that is text'],
  ['an empty key', { ...account, private_key: '' }, 'has an empty `private_key`'],
  [
    'a key that is garbage',
    { ...account, private_key: 's3cret-garbage' },
    'has a `private_key` that is no RSA key in PEM',
  ],
  [
    'half a key',
    { ...account, private_key: privateKey.slice(0, 400) },
    'has a `private_key` that is no RSA key in PEM',
  ],
  ['a key of another kind', { ...account, private_key: ecKey }, 'has a `private_key` that is no RSA key in PEM'],
  ['no address', { ...account, client_email: undefined }, 'has no `client_email` that is text'],
  [
    'tokens from an open line',
    { ...account, token_uri: 'http://oauth2.example.com/' },
    'has a `token_uri` that is no https URL',
  ],
  ['tokens from nowhere', { ...account, token_uri: 'oauth2' }, 'has a `token_uri` that is no https URL'],
  ['a user without refresh token', { ...user, refresh_token: undefined }, 'has no `refresh_token` that is text'],
  ['federation without source', federated({}), 'has a `credential_source` without `file` or `url`'],
  [
    'federation with two sources',
    federated({ file: 'a', url: 'https://b' }),
    'has a `credential_source` without `file` or `url`',
  ],
  ['federation without any', { ...federated({}), credential_source: undefined }, 'has a wrong `credential_source`'],
  [
    'federation from AWS',
    federated({ environment_id: 'aws1', url: 'http://169.254.169.254' }),
    'has a `credential_source` of AWS, which is not supported',
  ],
  [
    'federation by a program',
    federated({ executable: { command: 'rm' } }),
    'has a `credential_source` that is a program, which is not run',
  ],
  [
    'federation from a file system',
    federated({ url: 'file:///etc/passwd' }),
    'has a `credential_source` whose `url` is none',
  ],
  [
    'impersonation on an open line',
    federated({ file: 'a' }, { service_account_impersonation_url: 'http://iam.example.com/' }),
    'has a `service_account_impersonation_url` that is no https URL',
  ],
  [
    'impersonation by federation',
    {
      type: 'impersonated_service_account',
      service_account_impersonation_url: URI,
      source_credentials: federated({ file: 'a' }),
    },
    'has `source_credentials` of a type that is not supported; allowed: service_account, authorized_user',
  ],
]

const textOf = (file: unknown) => (typeof file === 'string' ? file : JSON.stringify(file))

test.each(BAD)('a credentials file that is bad: %s', (_title, file, why) => {
  const read = readCredentials(textOf(file))
  expect(read).toMatchObject({ type: 'unreadable', why: expect.stringContaining(why) as unknown })
  expect(JSON.stringify(read)).not.toMatch(/s3cret|PRIVATE KEY|the-client-secret/)
})

test.each<[string, object]>([
  ['a service account', account],
  ['a user', user],
  ['federation by file', federated({ file: '/var/run/token' })],
  ['federation by URL', federated({ url: 'http://169.254.169.254/token', headers: { Metadata: 'True' } })],
])('good: %s', (_title, file) => expect(readCredentials(JSON.stringify(file)).type).toBe('read'))

test('whatever is in a file, it is read or said to be unreadable', () => {
  const field = fc.constantFrom(...Object.keys(account), 'credential_source', 'token_url', 'audience')
  const type = fc.constantFrom('service_account', 'authorized_user', 'external_account', 'impersonated_service_account')
  fc.assert(
    fc.property(type, fc.dictionary(field, fc.jsonValue()), (kind, fields) => {
      const read = readCredentials(JSON.stringify({ ...fields, type: kind }))
      expect(read.type === 'read' || /^(?:has|is) /.test(read.reason)).toBe(true)
    }),
  )
})

describe('the configuration is refused', () => {
  type Texts = Readonly<Record<string, string>>
  function problemsOf(fields: Texts, environment: Texts = {}, files: Texts = {}) {
    try {
      configFrom({ providers: { vertex: fields } }, environment, files)
      return []
    } catch (thrown) {
      if (thrown instanceof ConfigError) return thrown.problems.map(({ path, message }) => `${path}: ${message}`)
      throw thrown
    }
  }
  const named = (path: string) => ({ GOOGLE_APPLICATION_CREDENTIALS: path })
  const garbage = { '/k/bad.json': 's3cret-garbage' }
  const GARBAGE = "providers.vertex.credentials: What should be a credentials file of Google's is no JSON object."

  test.each<[string, Texts, Texts, Texts, string[]]>([
    [
      'a file that is garbage',
      { credentials: 'file:/k/bad.json' },
      {},
      garbage,
      [`${GARBAGE} The file is "/k/bad.json".`],
    ],
    [
      'a file of the environment that is garbage',
      {},
      named('/k/bad.json'),
      garbage,
      [`${GARBAGE} The file is "/k/bad.json".`],
    ],
    ['a text that is garbage', { credentials: 's3cret-garbage' }, {}, {}, [GARBAGE]],
    [
      'a file that is not there',
      { credentials: 'file:/k/none.json' },
      {},
      {},
      ['providers.vertex.credentials: The file "/k/none.json" does not exist.'],
    ],
    [
      'a file of the environment that is not there',
      {},
      named('/k/none.json'),
      {},
      ['providers.vertex.credentials: The file "/k/none.json" does not exist.'],
    ],
    [
      'no project',
      {},
      {},
      {},
      [
        'providers.vertex: The project is not known; allowed: `project` beside `type`, GOOGLE_CLOUD_PROJECT, or an `apiKey` for express mode.',
      ],
    ],
    [
      'key and credentials',
      { apiKey: 'k', credentials: JSON.stringify(user) },
      {},
      {},
      ['providers.vertex.credentials: Both `apiKey` and `credentials` are given; allowed: one of them.'],
    ],
    [
      'a location that is another host',
      { project: 'p', location: 'evil.example.com/' },
      {},
      {},
      ['providers.vertex.location: "evil.example.com/" is not a location; allowed: as in global, eu, europe-west4'],
    ],
    [
      'such a location in the environment',
      { project: 'p' },
      { GOOGLE_CLOUD_LOCATION: 'evil.com/' },
      {},
      ['providers.vertex: GOOGLE_CLOUD_LOCATION cannot stand in a URL.'],
    ],
    [
      'a project that is a path',
      { project: 'a/b' },
      {},
      {},
      ['providers.vertex.project: "a/b" is not the id of a project'],
    ],
    [
      'such a project in the environment',
      {},
      { GOOGLE_CLOUD_PROJECT: 'a/b' },
      {},
      ['providers.vertex: GOOGLE_CLOUD_PROJECT, or the project in the credentials, cannot stand in a URL.'],
    ],
    [
      'a metadata server that is none',
      { project: 'p' },
      { GCE_METADATA_HOST: 'a/b' },
      {},
      ['providers.vertex: GCE_METADATA_HOST cannot stand in a URL.'],
    ],
  ])('%s', (_title, fields, environment, files, problems) => {
    const found = problemsOf(fields, environment, files)
    expect(found).toEqual(problems)
    expect(found.join()).not.toContain('s3cret')
  })

  test("a key in the file makes the environment's credentials needless", () =>
    expect(problemsOf({ apiKey: 'k' }, named('/k/none.json'))).toEqual([]))
})
