import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { authorizedUser, externalAccount, privateKey, serviceAccount } from '../../../test/google-credentials.ts'
import { configFrom } from '../../../test/parts.ts'
import { ConfigError } from '../../config/problem.ts'
import { readCredentials } from './credentials.ts'
import { runs } from '../../../test/runs.ts'

const URI = 'https://oauth2.googleapis.com/token'
const account = serviceAccount(URI)
const user = authorizedUser(URI)
const federated = (source: object, more: object = {}) =>
  externalAccount('https://sts.googleapis.com/v1/token', source, more)
const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

const BAD: readonly (readonly [string, unknown, string])[] = [
  ['no JSON', 'private_key: x', 'is not a JSON object'],
  ['half of the file', JSON.stringify(account).slice(0, 300), 'is not a JSON object'],
  ['a list', [account], 'is not a JSON object'],
  ['null', null, 'is not a JSON object'],
  [
    'no type',
    { ...account, type: undefined },
    'has a `type` that is not supported; allowed: service_account, authorized_user, external_account, impersonated_service_account',
  ],
  ['an OAuth client of a web application', { web: { client_id: 'x' } }, 'has a `type` that is not supported'],
  ['a type that is not supported', { type: 'gdch_service_account' }, 'has a `type` that is not supported'],
  ['no key', { ...account, private_key: undefined }, 'has no `private_key` string'],
  ['a key that is not a string', { ...account, private_key: 5 }, 'has no `private_key` string'],
  ['an empty key', { ...account, private_key: '' }, 'has an empty `private_key`'],
  [
    'a key that is garbage',
    { ...account, private_key: 's3cret-garbage' },
    'has a `private_key` that is not an RSA key in PEM format',
  ],
  [
    'half a key',
    { ...account, private_key: privateKey.slice(0, 400) },
    'has a `private_key` that is not an RSA key in PEM format',
  ],
  [
    'a key of another type',
    { ...account, private_key: ecKey },
    'has a `private_key` that is not an RSA key in PEM format',
  ],
  ['no email address', { ...account, client_email: undefined }, 'has no `client_email` string'],
  [
    'a token URL with http',
    { ...account, token_uri: 'http://oauth2.example.com/' },
    'has a `token_uri` that is not an https URL',
  ],
  ['a token URL that is not a URL', { ...account, token_uri: 'oauth2' }, 'has a `token_uri` that is not an https URL'],
  ['a user without refresh token', { ...user, refresh_token: undefined }, 'has no `refresh_token` string'],
  ['federation without source', federated({}), 'has a `credential_source` that needs either `file` or `url`'],
  [
    'federation with two sources',
    federated({ file: 'a', url: 'https://b' }),
    'has a `credential_source` that needs either `file` or `url`',
  ],
  [
    'federation without `credential_source`',
    { ...federated({}), credential_source: undefined },
    'has an invalid `credential_source`',
  ],
  [
    'federation from AWS',
    federated({ environment_id: 'aws1', url: 'http://169.254.169.254' }),
    'has a `credential_source` of AWS, which is not supported',
  ],
  [
    'federation by an executable',
    federated({ executable: { command: 'rm' } }),
    'has a `credential_source` that is an executable, which is not supported',
  ],
  [
    'federation from a file URL',
    federated({ url: 'file:///etc/passwd' }),
    'has a `credential_source` whose `url` is not an http or https URL',
  ],
  [
    'impersonation with http',
    federated({ file: 'a' }, { service_account_impersonation_url: 'http://iam.example.com/' }),
    'has a `service_account_impersonation_url` that is not an https URL',
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

test.each(BAD)('an invalid credentials file is rejected: %s', (_title, file, reason) => {
  const read = readCredentials(textOf(file))
  expect(read).toMatchObject({ type: 'unreadable', reason: expect.stringContaining(reason) as unknown })
  expect(JSON.stringify(read)).not.toMatch(/s3cret|PRIVATE KEY|the-client-secret/)
})

test.each<[string, object]>([
  ['a service account', account],
  ['a user', user],
  ['federation by file', federated({ file: '/var/run/token' })],
  ['federation by URL', federated({ url: 'http://169.254.169.254/token', headers: { Metadata: 'True' } })],
])('a valid credentials file is read: %s', (_title, file) =>
  expect(readCredentials(JSON.stringify(file)).type).toBe('read'),
)

test('any content is either read or rejected with a reason', () => {
  const field = fc.constantFrom(...Object.keys(account), 'credential_source', 'token_url', 'audience')
  const type = fc.constantFrom('service_account', 'authorized_user', 'external_account', 'impersonated_service_account')
  fc.assert(
    fc.property(type, fc.dictionary(field, fc.jsonValue()), (kind, fields) => {
      const read = readCredentials(JSON.stringify({ ...fields, type: kind }))
      expect(read.type === 'read' || /^(?:has|is) /.test(read.reason)).toBe(true)
    }),
    runs(),
  )
})

describe('the configuration is rejected', () => {
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
  const GARBAGE = 'providers.vertex.credentials: The Google credentials file is not a JSON object.'

  test.each<[string, Texts, Texts, Texts, string[]]>([
    ['garbage in a file', { credentials: 'file:/k/bad.json' }, {}, garbage, [`${GARBAGE} The file is "/k/bad.json".`]],
    [
      'garbage in a file from the environment',
      {},
      named('/k/bad.json'),
      garbage,
      [`${GARBAGE} The file is "/k/bad.json".`],
    ],
    ['garbage in the configuration', { credentials: 's3cret-garbage' }, {}, {}, [GARBAGE]],
    [
      'a missing file',
      { credentials: 'file:/k/none.json' },
      {},
      {},
      ['providers.vertex.credentials: The file "/k/none.json" does not exist.'],
    ],
    [
      'a missing file from the environment',
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
        'providers.vertex: The project is unknown; set `project`, GOOGLE_CLOUD_PROJECT in the environment, or `apiKey` for express mode.',
      ],
    ],
    [
      'key and credentials',
      { apiKey: 'k', credentials: JSON.stringify(user) },
      {},
      {},
      ['providers.vertex.credentials: Both `apiKey` and `credentials` are set; allowed: one of them.'],
    ],
    [
      'a location that is another host',
      { project: 'p', location: 'evil.example.com/' },
      {},
      {},
      ['providers.vertex.location: "evil.example.com/" is not a location; allowed: as in global, eu, europe-west4'],
    ],
    [
      'a location in the environment that is another host',
      { project: 'p' },
      { GOOGLE_CLOUD_LOCATION: 'evil.com/' },
      {},
      ['providers.vertex: GOOGLE_CLOUD_LOCATION contains characters that are not allowed in a URL.'],
    ],
    [
      'a project that is a path',
      { project: 'a/b' },
      {},
      {},
      ['providers.vertex.project: "a/b" is not the id of a project; allowed: as in my-project-123'],
    ],
    [
      'a project in the environment that is a path',
      {},
      { GOOGLE_CLOUD_PROJECT: 'a/b' },
      {},
      [
        'providers.vertex: GOOGLE_CLOUD_PROJECT, or the project in the credentials, contains characters that are not allowed in a URL.',
      ],
    ],
    [
      'an invalid metadata server',
      { project: 'p' },
      { GCE_METADATA_HOST: 'a/b' },
      {},
      ['providers.vertex: GCE_METADATA_HOST contains characters that are not allowed in a URL.'],
    ],
  ])('%s', (_title, fields, environment, files, problems) => {
    const found = problemsOf(fields, environment, files)
    expect(found).toEqual(problems)
    expect(found.join()).not.toContain('s3cret')
  })

  test('with a key in the configuration, the credentials of the environment are not read', () =>
    expect(problemsOf({ apiKey: 'k' }, named('/k/none.json'))).toEqual([]))
})
