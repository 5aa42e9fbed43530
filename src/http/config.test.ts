import { describe, expect, test } from 'bun:test'
import { loadConfig } from '../config/load.ts'
import { ConfigError } from '../config/problem.ts'
import { createCertificate } from '../../test/certificate.ts'

const mine = createCertificate()
const other = createCertificate()
const FILES: Readonly<Record<string, string>> = {
  crt: mine.cert,
  chain: mine.cert + other.cert,
  key: mine.key,
  'other-key': other.key,
  'encrypted-key': mine.privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString(),
  empty: '',
  text: 'hello',
  broken: mine.cert.replace(/[A-Za-z0-9]{8}/, 'AAAAAAAA'),
  'broken-key': mine.key.replace('MIG', 'AAA'),
}

function load(server: string) {
  const { server: section } = loadConfig({
    text: `server: ${server}`,
    file: '/etc/sluice.yaml',
    environment: {},
    readFile(path) {
      const text = FILES[path.replace('/etc/', '')]
      if (text === undefined) throw Object.assign(new Error('no'), { code: 'ENOENT' })
      return text
    },
    providerTypes: ['openai'],
    hasDefaultUrl: () => true,
  })
  return section
}

/** `path: message` of each problem. */
function issues(server: string): string[] {
  try {
    load(server)
    return []
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    return thrown.problems.map(({ path, message }) => `${path}: ${message}`)
  }
}

const notOrigin =
  'is not an origin; allowed: *, or SCHEME://HOST[:PORT] without a path, as in https://app.example.com, https://*.example.com, http://localhost:*'

describe('server.cors', () => {
  test.each([
    ["{ cors: '*' }", ['*']],
    ['{ cors: [https://a.example] }', ['https://a.example']],
    [
      '{ cors: { origins: [HTTPS://A.Example:443, http://b:80, http://c:8080] } }',
      ['https://a.example', 'http://b', 'http://c:8080'],
    ],
    [
      "{ cors: ['https://*.a.example', 'http://localhost:*', 'chrome-extension://abc', 'http://[::1]:3000'] }",
      ['https://*.a.example', 'http://localhost:*', 'chrome-extension://abc', 'http://[::1]:3000'],
    ],
  ])('%s allows %p', (text, origins) =>
    expect(load(text).cors).toEqual({ origins, credentials: false, maxAgeMs: 3_600_000 }),
  )

  test.each([
    ['{ cors: [] }', 'server.cors.origins: a list is empty; allowed: one origin or more'],
    ['{ cors: {} }', 'server.cors.origins: is missing; allowed: [one, two], or lines that begin with -'],
    [
      '{ cors: true }',
      'server.cors: true or false is not a list of origins; allowed: a list, or { origins, credentials, maxAge }',
    ],
    ['{ cors: [5] }', `server.cors.origins.0: 5 ${notOrigin}`],
    ["{ cors: ['null'] }", `server.cors.origins.0: "null" ${notOrigin}`],
    ['{ cors: [a.example] }', `server.cors.origins.0: "a.example" ${notOrigin}`],
    ['{ cors: [https://a.example/] }', `server.cors.origins.0: "https://a.example/" ${notOrigin}`],
    ['{ cors: [https://u:p@a.example] }', `server.cors.origins.0: "https://***@a.example" ${notOrigin}`],
    ["{ cors: ['https://*'] }", `server.cors.origins.0: "https://*" ${notOrigin}`],
    ["{ cors: ['https://*example.com'] }", `server.cors.origins.0: "https://*example.com" ${notOrigin}`],
    ["{ cors: ['https://*.a.example:*'] }", `server.cors.origins.0: "https://*.a.example:***" ${notOrigin}`],
    ['{ cors: ["https://a\\r\\nx: y"] }', `server.cors.origins.0: "https://a\\u000d\\u000ax: y" ${notOrigin}`],
    [
      "{ cors: { origins: ['*'], credentials: true } }",
      'server.cors.credentials: true is not possible for every origin; allowed: false, or a list of `origins` without *',
    ],
    [
      "{ cors: { origins: ['*'], headers: [x] } }",
      'server.cors.headers: "headers" is not a key here; allowed: origins, credentials, maxAge',
    ],
  ])('%s is rejected', (text, message) => expect(issues(text)).toEqual([message]))
})

describe('server.basePath', () => {
  test.each([
    ['{}', undefined],
    ['{ basePath: /llm }', '/llm'],
    ['{ basePath: /team-a/llm/ }', '/team-a/llm'],
  ])('%s: %p', (text, path) => expect(load(text).basePath).toBe(path))

  test.each([
    ['{ basePath: llm }', '"llm" is not a path; allowed: /one/or/more/parts of letters, digits and -._~:@+,='],
    ['{ basePath: / }', '"/" is not a path; allowed: /one/or/more/parts of letters, digits and -._~:@+,='],
    ['{ basePath: /a//b }', '"/a//b" is not a path; allowed: /one/or/more/parts of letters, digits and -._~:@+,='],
    ['{ basePath: /a%2fb }', '"/a%2fb" is not a path; allowed: /one/or/more/parts of letters, digits and -._~:@+,='],
    ['{ basePath: /a?b }', '"/a?b" is not a path; allowed: /one/or/more/parts of letters, digits and -._~:@+,='],
    ['{ basePath: /a/../b }', '"/a/../b" contains a relative part; allowed: no part that is . or ..'],
    ['{ basePath: /health }', '"/health" is reserved by Sluice; allowed: any path but /health, /metrics, /admin'],
    ['{ basePath: 5 }', '5 is not a string; allowed: text, in quotes if it looks like another type'],
  ])('%s is rejected', (text, message) => expect(issues(text)).toEqual([`server.basePath: ${message}`]))
})

describe('server.workerAffinity', () => {
  test.each([
    ['{}', false],
    ['{ workers: 1, workerAffinity: false }', false],
    ['{ workers: 2, workerAffinity: true }', true],
    ['{ workers: auto, workerAffinity: true }', true],
  ])('%s: %p', (text, expected) => expect(load(text).workerAffinity).toBe(expected))

  const needsWorkers = 'true needs several workers; allowed: with `workers` of 2 or more, or auto'
  test.each([
    ['{ workerAffinity: true }', needsWorkers],
    ['{ workers: 1, workerAffinity: true }', needsWorkers],
    ['{ workers: 2, workerAffinity: cores }', '"cores" is not a boolean; allowed: true, false'],
    ['{ workers: 2, workerAffinity: [0, 1] }', 'a list is not a boolean; allowed: true, false'],
  ])('%s is rejected', (text, message) => expect(issues(text)).toEqual([`server.workerAffinity: ${message}`]))
})

describe('server.idleTimeout', () => {
  test.each([
    ['{}', 255_000],
    ['{ idleTimeout: 1s }', 1000],
    ['{ idleTimeout: 4m }', 240_000],
    ['{ idleTimeout: off }', 0],
  ])('%s: %p', (text, ms) => expect(load(text).idleMs).toBe(ms))

  test.each([
    ['{ idleTimeout: 500ms }', '"500ms" is not an idle timeout; allowed: 1s to 255s, or off'],
    ['{ idleTimeout: 256s }', '"256s" is not an idle timeout; allowed: 1s to 255s, or off'],
    ['{ idleTimeout: 60 }', '60 is not a duration; allowed: off, or 0s to 24h, as in 250ms, 60s, 5m, 1h'],
    ['{ idleTimeout: never }', '"never" is not a duration; allowed: off, or 0s to 24h, as in 250ms, 60s, 5m, 1h'],
  ])('%s is rejected', (text, message) => expect(issues(text)).toEqual([`server.idleTimeout: ${message}`]))
})

describe('server.trustedProxies', () => {
  test.each([
    ['{}', []],
    [
      '{ trustedProxies: [10.0.0.0/8, 10.1.2.3, fd00::/8, "::1", private, unix] }',
      ['10.0.0.0/8', '10.1.2.3', 'fd00::/8', '::1', 'private', 'unix'],
    ],
  ])('%s: %p', (text, networks) => expect(load(text).trustedProxies).toEqual(networks))

  const notNetwork = 'is not a network; allowed: as in 10.0.0.0/8, 192.168.1.5, fd00::/8, or private, or unix'
  test.each([
    ['10.0.0.0/33', notNetwork],
    ['10.0.0.0/', notNetwork],
    ['10.0.0.0/8/8', notNetwork],
    ['10.0.0.0/-1', notNetwork],
    ['10.0.0', notNetwork],
    ['10.0.0.256', notNetwork],
    ['fe80::1%eth0', notNetwork],
    ['proxy.example.com', notNetwork],
    ['0.0.0.0/0', 'is every address, so that each client could forge its own; allowed: the networks of your proxies'],
    ['::/0', 'is every address, so that each client could forge its own; allowed: the networks of your proxies'],
  ])('%s is rejected', (network, message) =>
    expect(issues(`{ trustedProxies: ['${network}'] }`)).toEqual([`server.trustedProxies.0: "${network}" ${message}`]),
  )

  test('a network that is not a list is rejected', () =>
    expect(issues('{ trustedProxies: 10.0.0.0/8 }')).toEqual([
      'server.trustedProxies: a string is not a list; allowed: [one, two], or lines that begin with -',
    ]))
})

describe('server.tls', () => {
  test.each([
    ['{ certificate: file:crt, key: file:key }', { minVersion: '1.2' }],
    ['{ certificate: file:chain, key: file:key, minVersion: 1.3, clientCa: file:chain }', { minVersion: '1.3' }],
    ["{ certificate: file:crt, key: file:key, minVersion: '1.2' }", { minVersion: '1.2' }],
  ])('%s', (text, expected) => expect(load(`{ tls: ${text} }`).tls).toMatchObject(expected))

  const fromFile = 'allowed: file:/path/to/it, or its text (-----BEGIN ...)'
  test.each([
    ['{ certificate: file:crt, key: file:none }', 'key: The file "none" does not exist.'],
    ['{ certificate: file:none, key: file:key }', 'certificate: The file "none" does not exist.'],
    ['{ certificate: file:crt, key: file:empty }', 'key: The file "empty" is empty.'],
    ['{ certificate: file:crt }', `key: is missing; allowed: text, in quotes if it looks like another type`],
    [
      '{ certificate: /etc/tls.crt, key: file:key }',
      `certificate: a string is not a certificate in PEM format; ${fromFile}`,
    ],
    [
      '{ certificate: file:text, key: file:key }',
      `certificate: a string is not a certificate in PEM format; ${fromFile}`,
    ],
    [
      '{ certificate: file:broken, key: file:key }',
      `certificate: a string is not a certificate in PEM format; ${fromFile}`,
    ],
    [
      '{ certificate: file:key, key: file:key }',
      `certificate: a string is not a certificate in PEM format; ${fromFile}`,
    ],
    ['{ certificate: file:crt, key: file:crt }', `key: a string is not a private key in PEM format; ${fromFile}`],
    [
      '{ certificate: file:crt, key: file:broken-key }',
      `key: a string is not a private key in PEM format; ${fromFile}`,
    ],
    [
      '{ certificate: file:crt, key: file:encrypted-key }',
      'key: a string is encrypted; allowed: a key without a passphrase',
    ],
    [
      '{ certificate: file:crt, key: file:other-key }',
      'key: a string does not belong to the certificate; allowed: the key that the certificate was made for',
    ],
    [
      '{ certificate: file:crt, key: file:key, clientCa: file:key }',
      `clientCa: a string is not a list of certificates in PEM format; ${fromFile}`,
    ],
    [
      '{ certificate: file:crt, key: file:key, minVersion: 1.1 }',
      'minVersion: 1.1 is not a TLS version; allowed: 1.2, 1.3',
    ],
    [
      '{ certificate: file:crt, key: file:key, ciphers: x }',
      'ciphers: "ciphers" is not a key here; allowed: certificate, key, clientCa, minVersion',
    ],
  ])('%s is rejected', (text, message) => expect(issues(`{ tls: ${text} }`)).toEqual([`server.tls.${message}`]))

  test('a file alone is rejected', () =>
    expect(issues('{ tls: file:crt }')).toEqual([
      'server.tls: a string is not valid here; allowed: { certificate, key, clientCa, minVersion }',
    ]))
})

describe('server.unix', () => {
  test.each([
    ['{ unix: /run/sluice.sock }', { path: '/run/sluice.sock', mode: '0660' }],
    ['{ unix: { path: /run/sluice.sock, mode: 0666 } }', { path: '/run/sluice.sock', mode: '0666' }],
    ["{ unix: { path: /run/sluice.sock, mode: '0600' } }", { path: '/run/sluice.sock', mode: '0600' }],
  ])('%s', (text, unix) => expect(load(text).unix).toEqual(unix as never))

  const notPath = 'is not the path of a socket; allowed: an absolute path of up to 107 bytes, as in /run/sluice.sock'
  const notMode = 'is not a mode; allowed: 0600 (this user), 0660 (and its group), 0666 (everyone)'
  test.each([
    ['{ unix: run/x }', `unix.path: "run/x" ${notPath}`],
    ['{ unix: /run/ }', `unix.path: "/run/" ${notPath}`],
    [`{ unix: /${'a'.repeat(107)} }`, `unix.path: "/${'a'.repeat(79)}..." ${notPath}`],
    ['{ unix: "/run/\\u0007x" }', `unix.path: "/run/\\u0007x" ${notPath}`],
    ['{ unix: {} }', `unix.path: is missing; allowed: an absolute path of up to 107 bytes, as in /run/sluice.sock`],
    ['{ unix: 5 }', 'unix: a number is not a socket; allowed: /path/to/socket, or { path, mode }'],
    ['{ unix: { path: /x, mode: 0777 } }', `unix.mode: 777 ${notMode}`],
    ['{ unix: { path: /x, mode: 0o660 } }', `unix.mode: 432 ${notMode}`],
    [
      '{ unix: /x, workers: 2 }',
      'workers: 2 is not possible with `unix`, because processes cannot share a socket file; allowed: 1',
    ],
    [
      '{ unix: /x, workers: auto }',
      'workers: "auto" is not possible with `unix`, because processes cannot share a socket file; allowed: 1',
    ],
    [
      '{ unix: /x, tls: { certificate: file:crt, key: file:key } }',
      'tls: a mapping is not possible with `unix`; allowed: one of them',
    ],
  ])('%s is rejected', (text, message) => expect(issues(text)).toEqual([`server.${message}`]))
})

describe('server.compression', () => {
  test.each([
    ['{}', undefined],
    ['{ compression: false }', undefined],
    ['{ compression: true }', { minBytes: 1024, streams: false }],
    ['{ compression: {} }', { minBytes: 1024, streams: false }],
    ['{ compression: { minSize: 8kb } }', { minBytes: 8192, streams: false }],
    ['{ compression: { streams: true } }', { minBytes: 1024, streams: true }],
  ])('%s: %p', (text, expected) => expect(load(text).compression).toEqual(expected as never))

  test.each([
    ['{ compression: gzip }', 'compression: a string is not valid here; allowed: true, false, or { minSize, streams }'],
    [
      '{ compression: { minSize: big } }',
      'compression.minSize: "big" is not a size; allowed: 1 byte to 1gb, as in 32mb, 64kb, 1024',
    ],
    ['{ compression: { level: 9 } }', 'compression.level: "level" is not a key here; allowed: minSize, streams'],
  ])('%s is rejected', (text, message) => expect(issues(text)).toEqual([`server.${message}`]))
})
