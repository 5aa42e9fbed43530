import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { GatewayError } from '../errors.ts'
import { authenticate } from './authenticate.ts'
import { isMasterKey, masterKeyFrom } from './master-key.ts'
import { presentedKey } from './presented-key.ts'
import { storedMasterKey } from './stored-master-key.ts'
import { runs } from '../../test/runs.ts'

const KEY = 'sk-the-key'
const requestOf = (headers: Record<string, string>, query = '') =>
  new Request(`http://gateway/v1/chat/completions${query}`, { method: 'POST', headers })

describe('a key is found in each of its places', () => {
  test.each<[string, Record<string, string>, string]>([
    ['Authorization', { authorization: `Bearer ${KEY}` }, ''],
    ['Authorization in another case', { Authorization: `bearer   ${KEY} ` }, ''],
    ['Anthropic', { 'x-api-key': KEY }, ''],
    ['Azure', { 'api-key': KEY }, ''],
    ['Google', { 'x-goog-api-key': KEY }, ''],
    ['LiteLLM', { 'x-litellm-api-key': KEY }, ''],
    ['LiteLLM, with the prefix of its own clients', { 'x-litellm-api-key': `Bearer ${KEY}` }, ''],
    ['the query', {}, `?key=${KEY}`],
    ['the query, among others and escaped', {}, '?api-version=1&key=sk%2Dthe-key&alt=sse'],
    ['the header when the scheme of Authorization is another', { authorization: 'Basic YTpi', 'x-api-key': KEY }, ''],
    ['Authorization before all others', { authorization: `Bearer ${KEY}`, 'x-api-key': 'other' }, '?key=third'],
    ['a header before the query', { 'api-key': KEY }, '?key=third'],
  ])('%s', (_title, headers, query) => {
    const request = requestOf(headers, query)
    expect(presentedKey(request)).toBe(KEY)
    expect(authenticate(request, masterKeyFrom(KEY))).toEqual({ id: 'master', role: 'admin' })
  })
})

function codeFor(headers: Record<string, string>, query = ''): string {
  try {
    authenticate(requestOf(headers, query), masterKeyFrom(KEY))
  } catch (thrown) {
    if (thrown instanceof GatewayError) return `${thrown.status} ${thrown.code}`
    throw thrown
  }
  return 'accepted'
}

describe('a request without a valid key is rejected', () => {
  test.each<[string, Record<string, string>, string, string]>([
    ['nothing', {}, '', '401 missing_api_key'],
    ['an empty bearer', { authorization: 'Bearer ' }, '', '401 missing_api_key'],
    ['an empty header', { 'x-api-key': '' }, '', '401 missing_api_key'],
    ['an empty key in the query', {}, '?key=', '401 missing_api_key'],
    ['another name in the query', {}, `?apikey=${KEY}&monkey=${KEY}`, '401 missing_api_key'],
    ['the key in the fragment', {}, `#key=${KEY}`, '401 missing_api_key'],
    ['Basic', { authorization: `Basic ${btoa(`user:${KEY}`)}` }, '', '401 missing_api_key'],
    ['the key without a scheme', { authorization: KEY }, '', '401 missing_api_key'],
    ['another key', { authorization: 'Bearer sk-another' }, '', '401 invalid_api_key'],
    ['a prefix of the key', { authorization: 'Bearer sk-the' }, '', '401 invalid_api_key'],
    ['the key and more', { authorization: `Bearer ${KEY}x` }, '', '401 invalid_api_key'],
    ['the key in another case', { authorization: 'Bearer SK-THE-KEY' }, '', '401 invalid_api_key'],
    [
      'the hash of the key',
      { 'x-api-key': Buffer.from(masterKeyFrom(KEY).sha256).toString('hex') },
      '',
      '401 invalid_api_key',
    ],
  ])('%s', (_title, headers, query, expected) => expect(codeFor(headers, query)).toBe(expected))

  test('the message does not contain the key', () => {
    try {
      authenticate(requestOf({ 'x-api-key': 'sk-wrong-but-secret' }), masterKeyFrom(KEY))
    } catch (thrown) {
      expect((thrown as Error).message).not.toContain('wrong')
    }
    expect.assertions(1)
  })
})

test('only the identical text is the master key, whatever its length', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (key, other) =>
      expect(isMasterKey(masterKeyFrom(key), other)).toBe(Buffer.from(key).equals(Buffer.from(other))),
    ),
    runs(),
  )
})

test('keys are compared in constant time', () =>
  expect(readFileSync(join(import.meta.dir, 'master-key.ts'), 'utf8')).toMatch(/=>\s+timingSafeEqual\(/))

describe('the stored master key', () => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-key-'))
  afterAll(() => rmSync(root, { recursive: true }))

  test('is created once and recognized later', () => {
    const folder = join(root, 'deep', 'data')
    const first = storedMasterKey(folder)
    expect(first.created).toMatch(/^sk-sluice-[\w-]{32}$/)
    expect(isMasterKey(first.masterKey, first.created!)).toBe(true)
    const second = storedMasterKey(folder)
    expect(second).toEqual({ masterKey: first.masterKey, created: undefined, file: first.file })
  })

  test('is stored as a hash, readable by its owner only', () => {
    const folder = join(root, 'secret')
    const { created, file } = storedMasterKey(folder)
    expect(readdirSync(folder)).toEqual(['master-key.sha256'])
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/^[0-9a-f]{64}\n$/)
    expect(text).not.toContain(created!)
    expect([statSync(file).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700])
  })

  test.each(['', 'not hex', 'abcdef\n'])('is created again if the file contains %p', (text) => {
    const folder = mkdtempSync(join(root, 'bad-'))
    writeFileSync(join(folder, 'master-key.sha256'), text)
    expect(storedMasterKey(folder).created).toBeString()
    expect(storedMasterKey(folder).created).toBeUndefined()
  })

  test('throws if the data folder is a file', () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    expect(() => storedMasterKey(file)).toThrow()
  })

  test('is different for each data folder', () =>
    expect(storedMasterKey(join(root, 'one')).created).not.toBe(storedMasterKey(join(root, 'two')).created))
})
