import { expect, test } from 'bun:test'
import { configFrom } from '../../test/parts.ts'
import { credentialsOf, secretsOf } from '../providers/secrets-of.ts'
import { allPaths, isSecretAt } from './schema-walk.ts'
import { configSchema } from './schema.ts'

test('every setting that is secret is removed from errors of the upstream', () => {
  const schema = configSchema(['openai-compatible'])
  const isPem = (path: string) => path.split('.').includes('tls') // a private key is never sent
  const secret = allPaths(schema).filter((path) => isSecretAt(schema, path.split('.')) && !isPem(path))
  const inProviders = secret.filter((path) => path.startsWith('providers.'))
  expect(secret.filter((path) => !inProviders.includes(path))).toEqual(['access.masterKey'])
  const values = Object.fromEntries(
    inProviders.map((path) => [path, path === 'providers.*.headers.*' ? 'x-value-of-a-header' : `value of ${path}`]),
  )
  const settings = Object.fromEntries(
    Object.entries(values).map(([path, value]) => [
      path.split('.')[2]!,
      path.endsWith('headers.*') ? { 'x-a': value } : value,
    ]),
  )
  const [provider] = configFrom({
    providers: { p: { type: 'openai-compatible', endpoints: ['http://h'] } },
    models: {},
  }).providers
  expect(secretsOf({ ...provider!, ...settings }).toSorted()).toEqual(Object.values(values).toSorted())
})

test.each([
  ['AWS_SECRET_ACCESS_KEY', true],
  ['AWS_SESSION_TOKEN', true],
  ['AWS_BEARER_TOKEN_BEDROCK', true],
  ['AZURE_CLIENT_SECRET', true],
  ['IDENTITY_HEADER', true],
  ['AWS_WEB_IDENTITY_TOKEN_FILE', false],
  ['AWS_ROLE_ARN', false],
  ['AZURE_TENANT_ID', false],
])('the variable %s is secret: %p', (name, expected) => {
  const [provider] = configFrom({
    providers: { p: { type: 'openai-compatible', endpoints: ['http://h'] } },
    models: {},
  }).providers
  expect(secretsOf({ ...provider!, environment: { [name]: 'some-value' } })).toEqual(expected ? ['some-value'] : [])
})

test('words in a configuration are no credentials: successful responses that contain them are unchanged', () => {
  const [provider] = configFrom({
    providers: {
      p: {
        type: 'openai-compatible',
        endpoints: ['http://h'],
        apiKey: 'not-needed',
        headers: { 'x-title': 'The assistant of our company', 'x-team-token': '0123456789abcdef', cookie: 'short' },
      },
    },
    models: {},
  }).providers
  expect(credentialsOf(provider!)).toEqual(['0123456789abcdef'])
})
