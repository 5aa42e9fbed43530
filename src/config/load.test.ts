import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Config, loadConfig } from './load.ts'
import type { Environment } from './substitute.ts'
import { ConfigError, type Problem } from './problem.ts'
import { runs } from '../../test/runs.ts'

interface Given {
  readonly environment?: Environment
  readonly files?: Readonly<Record<string, string>>
}

function load(text: string, { environment = {}, files = {} }: Given = {}): Config {
  const readFile = (path: string) => {
    if (files[path] === undefined) throw Object.assign(new Error('no'), { code: 'ENOENT' })
    return files[path]
  }
  const providerTypes = ['openai', 'azure', 'vllm', 'openai-compatible']
  return loadConfig({
    text,
    file: '/etc/sluice.yaml',
    environment,
    readFile,
    providerTypes,
    hasDefaultUrl: (type) => type === 'openai',
  })
}

function problemsOf(text: string, given?: Given): readonly Problem[] {
  try {
    load(text, given)
    return []
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems
    throw thrown
  }
}

/** `line:column path: message hint` of each problem. */
const issues = (text: string, given?: Given) =>
  problemsOf(text, given).map(({ line, column, path, message, hint }) =>
    [`${line}:${column} ${path}: ${message}`, ...(hint ? [hint] : [])].join(' '),
  )

const DEFAULTS: Config = {
  server: {
    host: '0.0.0.0',
    port: 8080,
    metricsPort: 9090,
    workers: 1,
    workerAffinity: false,
    maxBodyBytes: 33_554_432,
    drainMs: 60_000,
    keepAliveMs: 15_000,
    idleMs: 255_000,
    cors: undefined,
    basePath: undefined,
    compression: undefined,
    trustedProxies: [],
    tls: undefined,
    http2: false,
    unix: undefined,
  },
  access: { masterKey: undefined },
  log: { level: 'info', requests: true, clientAddress: false },
  providers: [],
  models: [],
  routes: [],
  requests: { maxAttempts: 8, fallbacks: {} },
  responses: { store: { enabled: true, maxAgeMs: 86_400_000, maxBytes: 134_217_728, maxEntries: 10_000 } },
}

const TIMEOUTS = {
  connectMs: 5000,
  headersMs: Infinity,
  firstEventMs: 300_000,
  idleMs: 120_000,
  totalMs: 600_000,
  callerMaxMs: 0,
}
const PROVIDER = {
  passthrough: false,
  propagate: { baggage: [] },
  connections: undefined,
  environment: {},
  apiKey: undefined,
  baseUrl: undefined,
  apiVersion: undefined,
  endpoints: [],
  maxConcurrency: Infinity,
  headers: {},
  timeouts: TIMEOUTS,
  health: { path: undefined, intervalMs: 5000, timeoutMs: 2000, enabled: true, failureThreshold: 5, cooldownMs: 5000 },
}
const MODEL = {
  fallbacks: {},
  aliases: [],
  retries: 2,
  retriesOn: {},
  maxRetryWait: 10_000,
  hedge: { after: 'off', budget: 0.05 },
  policy: 'least_request',
  continueStreams: true,
  strictTranslation: false,
  onDisconnect: 'cancel',
  streamKeepAlive: undefined,
  admission: { maxQueued: 1000, maxWaitMs: 60_000, maxBytes: 64 * 1024 ** 2, adaptiveConcurrency: false },
  timeouts: {
    connectMs: undefined,
    headersMs: undefined,
    firstEventMs: undefined,
    idleMs: undefined,
    totalMs: undefined,
    callerMaxMs: undefined,
  },
} as const

describe('defaults', () => {
  test.each([
    ['an empty file', ''],
    ['white space', ' \n\n'],
    ['comments', '# nothing\n'],
    ['a byte order mark', '\ufeff'],
    ['nulls', 'server:\nmodels: ~\n'],
    ['an end mark', '---\n...\n'],
  ])('%s gives a configuration of defaults', (_, text) => expect(load(text)).toEqual(DEFAULTS))
})

describe('providers', () => {
  test.each([
    ['openai: { apiKey: k }', { ...PROVIDER, name: 'openai', type: 'openai', apiKey: 'k' }],
    ['openai:', { ...PROVIDER, name: 'openai', type: 'openai' }],
    [
      'l: { type: vllm, baseUrl: http://127.0.0.1:9000/v1/ }',
      { ...PROVIDER, name: 'l', type: 'vllm', baseUrl: 'http://127.0.0.1:9000/v1' },
    ],
    [
      'g: { type: vllm, endpoints: [http://a:1, { url: https://b/, weight: 2, maxConcurrency: 64 }], maxConcurrency: 128, headers: { X-A: b } }',
      {
        ...PROVIDER,
        name: 'g',
        type: 'vllm',
        endpoints: [
          { url: 'http://a:1', weight: 1, maxConcurrency: Infinity, drain: false },
          { url: 'https://b', weight: 2, maxConcurrency: 64, drain: false },
        ],
        maxConcurrency: 128,
        headers: { 'x-a': 'b' },
      },
    ],
    [
      'az: { type: azure, baseUrl: https://r.example, apiVersion: 2024-10-21, timeouts: { headers: 2s, idle: 1s, callerMax: 1h } }',
      {
        ...PROVIDER,
        name: 'az',
        type: 'azure',
        baseUrl: 'https://r.example',
        apiVersion: '2024-10-21',
        timeouts: { ...TIMEOUTS, headersMs: 2000, idleMs: 1000, callerMaxMs: 3_600_000 },
      },
    ],
  ])('%s', (line, expected) => expect(load(`providers:\n  ${line}`).providers).toEqual([expected]))
})

describe('models and routes', () => {
  const target = (provider: string, model: string, weight = 1) => ({ provider, model, weight })
  test.each([
    ['m: openai/a', { ...MODEL, name: 'm', targets: [target('openai', 'a')] }],
    ["m: { targets: ['openai/org/a-1B'] }", { ...MODEL, name: 'm', targets: [target('openai', 'org/a-1B')] }],
    [
      "'openai/*': { targets: [{ provider: openai, model: '*', weight: 0 }] }",
      { ...MODEL, name: 'openai/*', targets: [target('openai', '*', 0)] },
    ],
    [
      'm: { targets: [openai/a], aliases: [n], retries: 0, policy: least-busy, timeouts: { connect: 1s, total: 1m } }',
      {
        ...MODEL,
        name: 'm',
        targets: [target('openai', 'a')],
        aliases: ['n'],
        retries: 0,
        timeouts: { ...MODEL.timeouts, connectMs: 1000, totalMs: 60_000 },
      },
    ],
    ['4: openai/a', { ...MODEL, name: '4', targets: [target('openai', 'a')] }],
  ])('the model %s', (line, expected) => {
    expect(load(`providers: { openai: {} }\nmodels:\n  ${line}`).models).toEqual([
      expected,
    ] as unknown as Config['models'])
  })

  test.each([
    ['simple-shuffle', 'weighted'],
    ['least-busy', 'least_request'],
    ['power_of_two', 'p2c'],
    ['latency-based-routing', 'latency'],
    ['round_robin', 'round_robin'],
  ] as const)('the policy %s is read as %s', (given, canonical) => {
    expect(
      load(`providers: { openai: {} }\nmodels: { m: { targets: [openai/a], policy: ${given} } }`).models[0]!.policy,
    ).toBe(canonical)
  })

  test.each([
    ['/v1/1b: a', { path: '/v1/1b', type: 'model', model: 'a' }],
    ['/v1/1b//: { model: a }', { path: '/v1/1b', type: 'model', model: 'a' }],
    [
      '/ab: { split: { a: 70, b: 0.5 } }',
      {
        path: '/ab',
        type: 'split',
        arms: [
          { model: 'a', weight: 70 },
          { model: 'b', weight: 0.5 },
        ],
        sticky: { type: 'none' },
        salt: '',
      },
    ],
    [
      '/ab: { split: { a: 1 }, sticky: user, salt: 1 }',
      { path: '/ab', type: 'split', arms: [{ model: 'a', weight: 1 }], sticky: { type: 'user' }, salt: '1' },
    ],
    [
      "/ab: { split: { a: 1 }, sticky: 'header:X-Team' }",
      {
        path: '/ab',
        type: 'split',
        arms: [{ model: 'a', weight: 1 }],
        sticky: { type: 'header', name: 'x-team' },
        salt: '',
      },
    ],
    ['/a: { model: a, onDisconnect: finish }', { path: '/a', type: 'model', model: 'a', onDisconnect: 'finish' }],
  ])('the route %s', (line, expected) => {
    const text = `providers: { openai: {} }\nmodels: { a: openai/a, b: openai/b }\nroutes:\n  ${line}`
    expect(load(text).routes).toEqual([expected] as unknown as Config['routes'])
  })

  test('a fallback may be an alias, or a name that a wildcard matches', () => {
    const text =
      "providers: { openai: {} }\nmodels: { a: { targets: [openai/a], fallbacks: [c, openai/x] }, b: { targets: [openai/b], aliases: [c] }, 'openai/*': 'openai/*' }"
    expect(load(text).models[0]!.fallbacks).toEqual({ any: ['c', 'openai/x'] })
  })

  test.each<[string, object]>([
    ['p95', { after: 'p95', budget: 0.05 }],
    ['300ms', { after: 300, budget: 0.05 }],
    ['off', { after: 'off', budget: 0.05 }],
    ['false', { after: 'off', budget: 0.05 }],
    ['{ after: 2s, budget: 0.5% }', { after: 2000, budget: 0.005 }],
  ])('hedge: %s', (text, expected) =>
    expect(load(inModel(`{ targets: [openai/a], hedge: ${text} }`)).models[0]!.hedge).toEqual(expected as never),
  )

  test('anchors and merge keys share settings, and the own settings of a mapping win', () => {
    const text =
      'providers: { openai: {} }\nmodels:\n  a: &base { targets: [openai/a], retries: 5, policy: p2c }\n  b: { <<: *base, retries: 1 }'
    expect(load(text).models[1]).toMatchObject({ name: 'b', retries: 1, policy: 'p2c' })
  })
})

describe('the environment', () => {
  test.each([
    ['server: { port: ${PORT} }', { PORT: '81' }, 81],
    ['server:\n  port: ${PORT}', { PORT: '81' }, 81],
    ['server: { port: os.environ/PORT }', { PORT: '81' }, 81],
    ['server: { port: ${PORT:-82} }', {}, 82],
    ['server: { port: 1 }', { SERVER_PORT: '83' }, 83],
    ['', { SERVER_PORT: '0' }, 0],
    ['server: { port: 84 }', { SERVER_PORT: '' }, 84],
  ])('%s with %j listens on %p', (text, environment, port) =>
    expect(load(text, { environment }).server.port).toBe(port),
  )

  test('the variables that Sluice reads override the file', () => {
    const environment = { SERVER_HOST: '::1', METRICS_PORT: '1', LOG_LEVEL: 'DEBUG', SLUICE_MASTER_KEY: '007' }
    const { server, log, access } = load('server: { host: a }\naccess: { masterKey: x }', { environment })
    expect([server.host, server.metricsPort, log.level, access.masterKey]).toEqual(['::1', 1, 'debug', '007'])
  })

  test('a secret stays text even if it looks like a number', () => {
    const text = 'access: { masterKey: ${KEY} }\nproviders: { openai: { apiKey: ${KEY}, headers: { x-a: ${KEY} } } }'
    const { access, providers } = load(text, { environment: { KEY: '007' } })
    expect([access.masterKey, providers[0]!.apiKey, providers[0]!.headers['x-a']]).toEqual(['007', '007', '007'])
  })

  test('a quoted substitution stays text', () => {
    expect(issues("server: { port: '${PORT}' }", { environment: { PORT: '81' } })).toEqual([
      '1:17 server.port: the value of ${PORT} is not a port; allowed: a whole number from 0 (any free port) to 65535',
    ])
  })

  test('a secret can be read from a file, named by an absolute path or relative to the configuration', () => {
    const files = { '/run/secrets/key': ' one\n', '/etc/keys/two': 'two' }
    const { access, providers } = load(
      "access: { masterKey: 'file:/run/secrets/key' }\nproviders: { openai: { apiKey: file:keys/two } }",
      { files },
    )
    expect([access.masterKey, providers[0]!.apiKey]).toEqual(['one', 'two'])
  })
})

const inProvider = (fields: string) => `providers:\n  p: { type: openai, ${fields} }`
const inModel = (fields: string) => `providers: { openai: {} }\nmodels:\n  m: ${fields}\n  n: openai/n`
const inRoutes = (line: string) => `providers: { openai: {} }\nmodels: { m: openai/a }\nroutes:\n  ${line}`

describe('syntax', () => {
  test.each([
    [
      'a: [1, 2',
      '1:9 : This is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].',
    ],
    [
      'server: {',
      '1:10 : This is not valid YAML: Flow map in block collection must be sufficiently indented and end with a }.',
    ],
    ['server:\n\tport: 1', '2:1 : This is not valid YAML: Tabs are not allowed as indentation.'],
    ['server: "open', '1:14 : This is not valid YAML: Missing closing "quote.'],
    ['server: {}\n---\nlog: {}', '2:1 : This is not valid YAML: a second document begins here; allowed: one document.'],
    ['server: !ruby/object {}', '1:9 : This is not valid YAML: Unresolved tag.'],
    ['server: {}\nserver: {}', '2:1 server: This key is set twice; allowed: once.'],
    ['server: { __proto__: { port: 1 } }', '1:11 server.__proto__: This key is not allowed.'],
    [
      'server: { "${PORT}": 1 }',
      '1:11 server.${PORT}: A key cannot come from the environment; allowed: ${NAME} in values.',
    ],
    ['server: *nowhere', '1:9 server: This alias has no anchor before it; allowed: *name after &name.'],
    ['server: &s { port: *s }', '1:20 server.port: This alias has no anchor before it; allowed: *name after &name.'],
    ['- a', '1:1 : The file is not a mapping; allowed: sections such as `providers:` at the top level.'],
    ['hello', '1:1 : The file is not a mapping; allowed: sections such as `providers:` at the top level.'],
    ['42', '1:1 : The file is not a mapping; allowed: sections such as `providers:` at the top level.'],
    ['a: \ufdd0', '1:4 : This code point is not a character (U+FDD0 to U+FDD6); allowed: valid characters.'],
  ])('%j', (text, expected) => expect(issues(text)[0]).toBe(expected))

  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g'].map((key, index) => `${key}: &${key} [${`*${String.fromCharCode(97 + index)},`.repeat(9)}]`).join('\n')}`

  test.each([
    ['aliases that multiply', bomb, 'Aliases expand this file to more than 200000 values; allowed: at most 200000.'],
    ['a file over 1 MB', `# ${'x'.repeat(1024 ** 2)}`, 'The file is larger than 1 MB; allowed: at most 1 MB.'],
    [
      'deep nesting',
      `a: ${'['.repeat(60)}${']'.repeat(60)}`,
      'This is nested deeper than 50 levels; allowed: at most 50.',
    ],
    ['nesting beyond the stack', '['.repeat(20_000), 'This is not valid YAML: Maximum call stack size exceeded.'],
    ['only dashes', '- '.repeat(40_000), 'This is not valid YAML: '],
  ])('%s is reported as a problem', (_, text, message) =>
    expect(problemsOf(text).map((problem) => problem.message)).toContainEqual(expect.stringContaining(message)),
  )

  test('the byte order mark does not shift the columns', () => expect(issues('\ufeffsrv: 1')[0]).toStartWith('1:1 srv'))
})

describe('values', () => {
  test.each([
    ['server: 5', '1:9 server: a number is not a mapping; allowed: lines of `key: value`, or { key: value }'],
    ['server: { port: 80800 }', '1:17 server.port: 80800 is not a port; allowed: 0 (any free port) to 65535'],
    ['server: { port: -1 }', '1:17 server.port: -1 is not a port; allowed: 0 (any free port) to 65535'],
    [
      'server: { port: 1.5 }',
      '1:17 server.port: 1.5 is not a port; allowed: a whole number from 0 (any free port) to 65535',
    ],
    [
      'server: { port: 9, metricsPort: 9 }',
      '1:33 server.metricsPort: 9 is the same port as `port`; allowed: another port',
    ],
    [
      'providers: { vllm: { baseUrl: unix:run/x } }',
      '1:31 providers.vllm.baseUrl: "unix:run/x" is not the path of a socket; allowed: unix:/path/to/socket, or unix:/path/to/socket:/path/of/the/api',
    ],
    [
      'providers: { vllm: { baseUrl: "unix:/a?b" } }',
      '1:31 providers.vllm.baseUrl: "unix:/a?b" is not the path of a socket; allowed: unix:/path/to/socket, or unix:/path/to/socket:/path/of/the/api',
    ],
    [
      `providers: { vllm: { baseUrl: unix:/${'a'.repeat(110)} } }`,
      `1:31 providers.vllm.baseUrl: "unix:/${'a'.repeat(74)}..." is not the path of a socket; allowed: unix:/path/to/socket, or unix:/path/to/socket:/path/of/the/api`,
    ],
    [
      'providers: { vllm: { baseUrl: http://a, connections: { maxIdle: 0 } } }',
      '1:65 providers.vllm.connections.maxIdle: 0 is not a number of connections; allowed: a whole number from 1',
    ],
    [
      'providers: { vllm: { baseUrl: http://a, tls: { serverName: "a b" } } }',
      '1:60 providers.vllm.tls.serverName: "a b" is not a host name; allowed: as in api.example.com',
    ],
    [
      'providers: { vllm: { baseUrl: http://a, tls: { ca: file:/none } } }',
      '1:52 providers.vllm.tls.ca: The file "/none" does not exist.',
    ],
    [
      'providers: { vllm: { baseUrl: http://a, tls: { ca: hello } } }',
      '1:52 providers.vllm.tls.ca: a string is not a list of certificates in PEM format; allowed: file:/path/to/it, or its text (-----BEGIN ...)',
    ],
    [
      'providers: { vllm: { baseUrl: http://a, tls: yes } }',
      '1:46 providers.vllm.tls: a string is not valid here; allowed: { ca, certificate, key, serverName }',
    ],
    [
      'providers: { vllm: { baseUrl: http://a, propagate: yes please } }',
      '1:52 providers.vllm.propagate: a string is not valid here; allowed: true, false, or { trace, baggage }',
    ],
    [
      'providers: { vllm: { baseUrl: http://a, propagate: { baggage: ["a b"] } } }',
      `1:64 providers.vllm.propagate.baggage.0: "a b" is not a key of baggage; allowed: up to 100 letters, digits and !#$%&'*+.^_\`|~-`,
    ],
    ['server: { host: "a b" }', '1:17 server.host: "a b" is not a host; allowed: an address or a host name'],
    [
      'server: { streamKeepAlive: 15 }',
      '1:28 server.streamKeepAlive: 15 is not a duration; allowed: off, or 0s to 24h, as in 250ms, 60s, 5m, 1h',
    ],
    [
      'server: { streamKeepAlive: on }',
      '1:28 server.streamKeepAlive: "on" is not a duration; allowed: off, or 0s to 24h, as in 250ms, 60s, 5m, 1h',
    ],
    [
      'server: { drainTimeout: 60 }',
      '1:25 server.drainTimeout: 60 is not a duration; allowed: 0s to 24h, as in 250ms, 60s, 5m, 1h',
    ],
    [
      'server: { drainTimeout: 25h }',
      '1:25 server.drainTimeout: "25h" is not a duration; allowed: 0s to 24h, as in 250ms, 60s, 5m, 1h',
    ],
    [
      'server: { maxBody: lots }',
      '1:20 server.maxBody: "lots" is not a size; allowed: 1 byte to 1gb, as in 32mb, 64kb, 1024',
    ],
    ['server: { maxBody: 0 }', '1:20 server.maxBody: 0 is not a size; allowed: 1 byte to 1gb, as in 32mb, 64kb, 1024'],
    [
      'server: { maxbody: 1 }',
      '1:11 server.maxbody: "maxbody" is not a key here; allowed: host, port, metricsPort, workers, workerAffinity, maxBody, drainTimeout, streamKeepAlive, idleTimeout, basePath, trustedProxies, tls, http2, unix, compression, cors Did you mean "maxBody"?',
    ],
    [
      'modles: {}',
      '1:1 modles: "modles" is not a key here; allowed: server, access, log, requests, responses, providers, models, routes Did you mean "models"?',
    ],
    [
      'log: { level: inf }',
      '1:15 log.level: "inf" is not a log level; allowed: trace, debug, info, warn, error, fatal, silent Did you mean "info"?',
    ],
    ['log: { requests: 1 }', '1:18 log.requests: 1 is not a boolean; allowed: true, false'],
    [
      'access: { masterKey: 12345 }',
      '1:22 access.masterKey: a number is not a string; allowed: text, in quotes if it looks like another type',
    ],
    ['access: { masterKey: "" }', '1:22 access.masterKey: a string is empty; enter a value'],
    [
      'access: { masterKey: "a\\nb" }',
      '1:22 access.masterKey: a string contains a control character, which is not allowed in a header',
    ],
    ['providers: []', '1:12 providers: a list is not a mapping; allowed: lines of `key: value`, or { key: value }'],
    [
      'providers: { a/b: {} }',
      '1:14 providers.a/b: "a/b" contains a slash, which separates provider and model in PROVIDER/MODEL; allowed: a name without one',
    ],
    [
      'providers: { " ": {} }',
      '1:14 providers. : " " is not a valid name; allowed: visible characters, no space at the start or end',
    ],
    [
      'providers: { "a\\u202eb": { type: openai } }',
      '1:14 providers.a\\u202eb: "a\\u202eb" is not a valid name; allowed: visible characters, no space at the start or end',
    ],
    [
      'providers: { opnai: {} }',
      '1:14 providers.opnai.type: is missing; allowed: openai, azure, vllm, openai-compatible Did you mean "openai"?',
    ],
    [
      'providers: { p: { type: vlm } }',
      '1:25 providers.p.type: "vlm" is not a provider type; allowed: openai, azure, vllm, openai-compatible Did you mean "vllm"?',
    ],
    [
      'providers: { vllm: {} }',
      '1:14 providers.vllm: A provider of this type has no default URL; allowed: `baseUrl` or `endpoints`.',
    ],
    [
      inProvider('baseUrl: http://a, endpoints: [http://b]'),
      '2:52 providers.p.endpoints: Both `baseUrl` and `endpoints` are given; allowed: one of them.',
    ],
    [
      inProvider('baseUrl: ftp://a'),
      '2:31 providers.p.baseUrl: "ftp://a" is not a URL; allowed: http://HOST or https://HOST, with port and path, or unix:/path/to/socket',
    ],
    [
      inProvider('baseUrl: "http://"'),
      '2:31 providers.p.baseUrl: "http://" is not a URL; allowed: http://HOST or https://HOST, with port and path, or unix:/path/to/socket',
    ],
    [
      inProvider('baseUrl: http:a'),
      '2:31 providers.p.baseUrl: "http:a" is not a URL; allowed: http://HOST or https://HOST, with port and path, or unix:/path/to/socket',
    ],
    [
      inProvider('baseUrl: http://a/?key=b'),
      '2:31 providers.p.baseUrl: "http://a/?key=***" contains a query, a fragment or a space; allowed: scheme, host, port and path',
    ],
    [
      inProvider('baseUrl: http://u:p@a'),
      '2:31 providers.p.baseUrl: "http://***@a" contains credentials; allowed: a URL without them, with `apiKey` or `headers` as settings of the provider',
    ],
    [
      inProvider('apiVersion: 2024'),
      '2:34 providers.p.apiVersion: 2024 is not a string; allowed: text, in quotes if it looks like another type',
    ],
    [inProvider('endpoints: []'), '2:33 providers.p.endpoints: a list is empty; allowed: one endpoint or more'],
    [
      inProvider('endpoints: [5]'),
      '2:34 providers.p.endpoints.0: a number is not an endpoint; allowed: a URL, or { url, weight, maxConcurrency, drain }',
    ],
    [
      inProvider('endpoints: [http://a, http://a/]'),
      '2:44 providers.p.endpoints.1: "http://a/" is listed twice; allowed: once, with a `weight`',
    ],
    [
      inProvider('endpoints: [{ url: http://a, weight: -1 }]'),
      '2:59 providers.p.endpoints.0.weight: -1 is not a weight; allowed: 0 or more',
    ],
    [
      inProvider('endpoints: [{ url: http://a, weight: .inf }]'),
      '2:59 providers.p.endpoints.0.weight: Infinity is not a number; allowed: a number',
    ],
    [
      inProvider('maxConcurrency: 0'),
      '2:38 providers.p.maxConcurrency: 0 is not a number of requests; allowed: a whole number from 1',
    ],
    [
      inProvider('headers: { Host: a }'),
      '2:33 providers.p.headers.Host: "Host" is set by Sluice for each connection; remove it',
    ],
    [
      inProvider('headers: { "a b": a }'),
      '2:33 providers.p.headers.a...: "a..." is not a header name; allowed: letters, digits, dashes and underscores',
    ],
    [
      inProvider('headers: { x-a: 1 }'),
      '2:38 providers.p.headers.x-a: a number is not a string; allowed: text, in quotes if it looks like another type',
    ],
    [
      inProvider('headers: { x-a: a, X-A: b }'),
      '2:41 providers.p.headers.X-A: "X-A" is already in this list; header names are case-insensitive, remove one of them',
    ],
    [
      inProvider('timeouts: { idle: 0s }'),
      '2:40 providers.p.timeouts.idle: "0s" is not a duration; allowed: more than 0s to 24h, as in 250ms, 60s, 5m, 1h',
    ],
  ])('%s', (text, expected) => expect(issues(text)).toEqual([expected]))

  test.each([
    [inModel('{}'), '3:3 models.m.targets: is missing; allowed: [one, two], or lines that begin with -'],
    [inModel('5'), '3:6 models.m: a number is not a model; allowed: PROVIDER/MODEL, or a mapping with `targets`'],
    [
      inModel('gpt'),
      '3:6 models.m.targets.0: a string is not a target; allowed: PROVIDER/MODEL, or { provider, model, weight }',
    ],
    [inModel('{ targets: [] }'), '3:17 models.m.targets: a list is empty; allowed: one target or more'],
    [
      inModel('opnai/a'),
      '3:6 models.m.targets.0.provider: "opnai" is not a provider; allowed: openai Did you mean "openai"?',
    ],
    [
      inModel('{ targets: [{ provider: x, model: y }] }'),
      '3:30 models.m.targets.0.provider: "x" is not a provider; allowed: openai',
    ],
    [
      inModel("{ targets: [{ provider: openai, model: '*' }] }"),
      '3:45 models.m.targets.0.model: "*" contains a * and the name of the model does not; allowed: a full name, or a * in both names',
    ],
    [
      inModel('{ targets: [openai/a], policy: round-robbin }'),
      '3:37 models.m.policy: "round-robbin" is not a policy; allowed: round_robin, weighted, random, least_request, p2c, latency, simple-shuffle, least-busy, power_of_two, latency-based-routing Did you mean "round_robin"?',
    ],
    [
      inModel('{ targets: [openai/a], retries: 11 }'),
      '3:38 models.m.retries: 11 is not a number of retries; allowed: 0 to 10',
    ],
    [
      inModel('{ targets: [openai/a], retriesOn: { rateLimit: -1 } }'),
      '3:53 models.m.retriesOn.rateLimit: -1 is not a number of retries; allowed: 0 to 10',
    ],
    [
      inModel('{ targets: [openai/a], retriesOn: { ratelimit: 1 } }'),
      '3:42 models.m.retriesOn.ratelimit: "ratelimit" is not a key here; allowed: connection, timeout, rateLimit, overload, server, credentials Did you mean "rateLimit"?',
    ],
    [
      inModel('{ targets: [openai/a], hedge: p99 }'),
      '3:36 models.m.hedge.after: "p99" is not a hedge delay; allowed: off, p95, or a time above 0s up to 10m, as in 300ms, 2s',
    ],
    [
      inModel('{ targets: [openai/a], hedge: { after: 0s } }'),
      '3:45 models.m.hedge.after: "0s" is not a hedge delay; allowed: off, p95, or a time above 0s up to 10m, as in 300ms, 2s',
    ],
    [
      inModel('{ targets: [openai/a], hedge: { after: p95, budget: 6% } }'),
      '3:58 models.m.hedge.budget: "6%" is not a hedge budget; allowed: above 0% up to 5%',
    ],
    [
      inModel('{ targets: [openai/a], hedge: { budget: 5 } }'),
      '3:46 models.m.hedge.budget: 5 is not a hedge budget; allowed: above 0% up to 5%',
    ],
    ['requests: { maxAttempts: 0 }', '1:26 requests.maxAttempts: 0 is not a number of attempts; allowed: 1 to 50'],
    [
      inModel('{ targets: [openai/a], fallbacks: [m] }'),
      '3:41 models.m.fallbacks.0: "m" is this model itself; allowed: another model',
    ],
    [
      inModel('{ targets: [openai/a], aliases: [o], fallbacks: [o] }'),
      '3:55 models.m.fallbacks.0: "o" is this model itself; allowed: another model',
    ],
    [
      inModel('{ targets: [openai/a], fallbacks: [what] }'),
      '3:41 models.m.fallbacks.0: "what" is not a model; allowed: m, n',
    ],
    [
      inModel('{ targets: [openai/a], aliases: [n] }'),
      '3:39 models.m.aliases.0: "n" is already the name of a model; allowed: an unused name',
    ],
    [
      inModel('{ targets: [openai/a], aliases: [o, o] }'),
      '3:42 models.m.aliases.1: "o" is already an alias; allowed: an unused name',
    ],
    [
      inModel("{ targets: [openai/a], aliases: ['a*'] }"),
      '3:39 models.m.aliases.0: "a*" contains a *; allowed: a full name',
    ],
    [
      inModel('{ targets: [openai/a], tagrets: 1 }'),
      '3:29 models.m.tagrets: "tagrets" is not a key here; allowed: targets, fallbacks, aliases, retries, retriesOn, maxRetryWait, hedge, policy, continueStreams, strictTranslation, onDisconnect, streamKeepAlive, admission, timeouts Did you mean "targets"?',
    ],
    [
      "models: { 'a*b*': openai/a }\nproviders: { openai: {} }",
      '1:11 models.a*b*: "a*b*" contains more than one *; allowed: one',
    ],
    [
      `models: { ${'a'.repeat(201)}: openai/a }\nproviders: { openai: {} }`,
      `1:11 models.${'a'.repeat(201)}: "${'a'.repeat(80)}..." is too long for a name; allowed: up to 200 characters`,
    ],
    [inRoutes('/a: mm'), '4:7 routes./a.model: "mm" is not a model; allowed: m Did you mean "m"?'],
    [
      inRoutes('/a: 5'),
      '4:7 routes./a: a number is not a route; allowed: the name of a model, or { split, sticky, salt }',
    ],
    [inRoutes('/a: {}'), '4:7 routes./a: a mapping needs exactly one destination; allowed: either `model` or `split`'],
    [
      inRoutes('/a: { split: { m: 1 }, model: m }'),
      '4:7 routes./a: a mapping needs exactly one destination; allowed: either `model` or `split`',
    ],
    [inRoutes('/a: { split: { m: 1, what: 1 } }'), '4:24 routes./a.split.what: "what" is not a model; allowed: m'],
    [
      inRoutes('/a: { split: { m: 0 } }'),
      '4:16 routes./a.split: a mapping has no arm with weight; allowed: at least one weight above 0',
    ],
    [
      inRoutes('/a: { split: {} }'),
      '4:16 routes./a.split: a mapping has no arm with weight; allowed: at least one weight above 0',
    ],
    [inRoutes('/a: { split: { m: -1 } }'), '4:21 routes./a.split.m: -1 is not a weight; allowed: 0 or more'],
    [
      inRoutes('/a: { split: { m: 1 }, sticky: usr }'),
      '4:34 routes./a.sticky: "usr" is not a valid sticky key; allowed: user, key, session, header:NAME',
    ],
    [
      inRoutes('/a: { split: { m: 1 }, salt: [] }'),
      '4:32 routes./a.salt: a list is not a salt; allowed: up to 200 characters, or a number',
    ],
    [
      inRoutes('/a: { model: m, onDisconnect: ignore }'),
      '4:33 routes./a.onDisconnect: "ignore" is not a valid value; allowed: cancel, finish',
    ],
    [inRoutes('a: m'), '4:3 routes.a: "a" is not a path; allowed: /one/or/more/parts of letters, digits and -._~:@+,='],
    [inRoutes('/: m'), '4:3 routes./: "/" is not a path; allowed: /one/or/more/parts of letters, digits and -._~:@+,='],
    [
      inRoutes('/a?b: m'),
      '4:3 routes./a?b: "/a?b" is not a path; allowed: /one/or/more/parts of letters, digits and -._~:@+,=',
    ],
    [
      inRoutes('/a/../b: m'),
      '4:3 routes./a/../b: "/a/../b" contains a relative part; allowed: no part that is . or ..',
    ],
    [
      inRoutes('/health/: m'),
      '4:3 routes./health/: "/health/" is reserved by Sluice; allowed: any path but /health, /metrics, /admin',
    ],
    [
      inRoutes('/a: m\n  /a/: m'),
      '5:3 routes./a/: "/a/" is already a route, apart from a slash at the end; allowed: each route once',
    ],
  ])('%s', (text, expected) => expect(issues(text)).toEqual([expected]))
})

describe('references beside other problems', () => {
  test('all problems are reported at once, in the order of the file', () => {
    const text = [
      'server: { prot: 1 }',
      'providers:',
      '  openai: { apiKey: ${NOPE}, baseUrl: nowhere }',
      '  local: { type: vllm, baseUrl: nowhere }',
      'models:',
      '  a: { targets: [{ provider: opnai, model: x, weight: -1 }], fallbacks: [c], policy: rnadom }',
      '  b: { targets: [5, local/x], fallbacks: [a, z] }',
      '  c: what',
    ].join('\n')
    expect(issues(text).map((line) => line.replace(/; allowed.*/, ''))).toEqual([
      '1:11 server.prot: "prot" is not a key here',
      '3:21 providers.openai.apiKey: The value needs the environment variable NOPE, which is not set.',
      '3:39 providers.openai.baseUrl: "nowhere" is not a URL',
      '4:33 providers.local.baseUrl: "nowhere" is not a URL',
      '6:30 models.a.targets.0.provider: "opnai" is not a provider',
      '6:55 models.a.targets.0.weight: -1 is not a weight',
      '6:86 models.a.policy: "rnadom" is not a policy',
      '7:18 models.b.targets.0: a number is not a target',
      '8:6 models.c.targets.0: a string is not a target',
    ])
  })

  test('an unreadable section causes no problems in the sections that refer to it', () => {
    expect(issues('providers: 5\nmodels: { a: openai/a }\nroutes: { /a: a }')).toHaveLength(1)
    expect(issues('models: 5\nroutes: { /a: a }')).toHaveLength(1)
  })
})

describe('missing values', () => {
  test.each([
    [
      'server: { port: ${PORT} }',
      {},
      '1:17 server.port: The value needs the environment variable PORT, which is not set.',
    ],
    ['server: { host: ${', {}, '1:18 : This is not valid YAML: Unexpected flow-map-start'],
    ["server: { host: '${' }", {}, '1:17 server.host: The value contains an incomplete substitution'],
    ['', { SERVER_PORT: 'eighty' }, '0:0 server.port: the value of SERVER_PORT is not a port'],
    ['server: { port: 1 }', { METRICS_PORT: '1.5' }, '0:0 server.metricsPort: the value of METRICS_PORT is not a port'],
    [
      'access: { masterKey: 1 }',
      { SLUICE_MASTER_KEY: 'a\nb' },
      '0:0 access.masterKey: the value of SLUICE_MASTER_KEY contains a control character',
    ],
    ['access: { masterKey: file:/nope }', {}, '1:22 access.masterKey: The file "/nope" does not exist.'],
    ['access: { masterKey: file:/empty }', {}, '1:22 access.masterKey: The file "/empty" is empty.'],
    [
      'access: { masterKey: "${KEY}" }',
      { KEY: 'file:/nope' },
      '1:22 access.masterKey: The file named in the environment does not exist.',
    ],
  ])('%s with %j', (text, environment, expected) => {
    const files = { '/empty': ' \n' }
    expect(issues(text, { environment, files })[0]).toStartWith(expected)
  })
})

const SECRET = 'tr0ub4dor'

describe('secrets are never shown', () => {
  test.each([
    [`access: { masterKey: ${SECRET}, x: 1 }`, {}],
    [`access: { masterkey: ${SECRET} }`, {}],
    [`access: { masterKey: "${SECRET}\\nx" }`, {}],
    [`access: { masterKey: [${SECRET}] }`, {}],
    [`access: { masterKey: {${SECRET}: 1} }`, {}],
    [`access:\n  masterKey: |\n    ${SECRET}\n    ${SECRET}\n  x: 1`, {}],
    [`access: { masterKey: \${NOPE:-${SECRET}}, x: 1 }`, {}],
    ['access: { masterKey: "${KEY}" }', { KEY: `${SECRET}\nx` }],
    ['access: { masterKey: ${KEY} }', { KEY: `file:${SECRET}` }],
    ['', { SLUICE_MASTER_KEY: `${SECRET}\nx` }],
    ['', { SERVER_PORT: SECRET }],
    ['server: { host: "${HOST} x" }', { HOST: SECRET }],
    [inProvider(`apiKey: ${SECRET}, headers: { x-a: ${SECRET}, b: [${SECRET}] }`), {}],
    [inProvider(`api_key: ${SECRET}`), {}],
    [inProvider(`apiKey: &${SECRET}`), {}],
    [inProvider(`apiKey: !${SECRET} x`), {}],
    [inProvider(`baseUrl: http:/u:${SECRET}@host`), {}],
    [inProvider(`apiKye: ${SECRET}`), {}],
    [inProvider(`apiKey:${SECRET}`), {}],
    [inProvider(`apiKey: a,${SECRET}`), {}],
    [inProvider(`apiKey: a, apiKey: ${SECRET}`), {}],
    [inProvider(`apiKey: *${SECRET}`), {}],
    [inProvider(`heders: { x-a: ${SECRET} }`), {}],
    [inProvider(`headers: { x-a: a,${SECRET} }`), {}],
    [inProvider(`headers: { x-a:${SECRET} }`), {}],
    [inProvider(`headers: { x a: ${SECRET} }`), {}],
    [inProvider(`x: 1 } # ${SECRET}\n  q: { type: vllm`), {}],
    [`providers: { openai: ${SECRET} }`, {}],
    [`acess:\n  masterKye: ${SECRET}`, {}],
    [`access:\n  masterKey:\n    '${SECRET}'\n   '${SECRET}'`, {}],
    [`- ${SECRET}`, {}],
    [inProvider(`baseUrl: http://user:${SECRET}@host`), {}],
    [inProvider(`baseUrl: http://user:${SECRET}/@host`), {}],
    [inProvider(`baseUrl: http://host?api_key=${SECRET}`), {}],
    [inProvider('baseUrl: http://${USER}@host'), { USER: SECRET }],
    [inProvider(`headers: { authorization: Bearer ${SECRET}, a b: c }`), {}],
    [`providers:\n  openai: { apiKey: ${SECRET}, `, {}],
    [`providers:\n  openai: { headers: { x-a: ${SECRET} }, ]`, {}],
    [`providers:\n  openai:\n    apiKey: ${SECRET}: x`, {}],
    [inModel('{ targets: [x/y], policy: ${P}, fallbacks: [${P}], aliases: [${P}, ${P}] }'), { P: SECRET }],
    [inModel('{ targets: [openai/a], aliases: [${P}], fallbacks: [nobody] }'), { P: SECRET }],
    [inRoutes('/a: ${M}'), { M: SECRET }],
  ])('%j with %j', (text, environment) => {
    const problems = problemsOf(text, { environment })
    expect(problems).not.toBeEmpty()
    const shown = problems.map(({ message, hint, excerpt }) => [message, hint, excerpt?.text])
    expect(JSON.stringify(shown)).not.toContain(SECRET)
  })
})

describe('any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'server',
      'providers',
      'models',
      'routes',
      ': ',
      ':\n',
      '\n',
      '\n  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '&a ',
      '*a',
      '<<',
      '!t ',
      '|',
      '>',
      '#',
      '?',
      '%',
      '${',
      '${A}',
      '\t',
      '---',
      '\ufeff',
      '\u0000',
      '\ud800',
      '__proto__',
      'openai/a',
      '1',
      'apiKey',
      'file:x',
    ),
    fc.string({ maxLength: 5 }),
  )

  test('loads, or throws a ConfigError with positions inside the text', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('')
        const lines = text.split('\n')
        for (const { line, column } of problemsOf(text, { environment: { A: 'x' } })) {
          expect(line).toBeWithin(0, lines.length + 1)
          expect(column).toBeWithin(0, (lines[line - 1]?.length ?? 0) + 2)
        }
      }),
      runs(),
    )
  })

  test('with any value at any key of a valid file loads, or throws a ConfigError', () => {
    const fields = [
      'server.port',
      'server.drainTimeout',
      'access.masterKey',
      'log.level',
      'providers.p.endpoints',
      'providers.p.headers',
      'models.m.targets',
      'models.m.aliases',
      'models.m.timeouts',
      'routes./a',
      'routes./a.split',
      'providers',
      'models.m',
    ]
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
        const text = field
          .split('.')
          .reduceRight<string>((inner, key) => `{ ${JSON.stringify(key)}: ${inner} }`, JSON.stringify(value))
        for (const { message } of problemsOf(text)) expect(message).not.toMatch(/undefined|\[object/)
      }),
      runs(),
    )
  })
})
