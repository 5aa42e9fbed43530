import { describe, expect, test } from 'bun:test'
import { providerTypes } from '../providers/index.ts'
import { loadConfig } from './load.ts'
import { ConfigError } from './problem.ts'
import { RENAMED_KEYS } from './renamed-keys.ts'
import { allPaths } from './schema-walk.ts'
import { configSchema } from './schema.ts'

function problemsOf(text: string): string[] {
  try {
    loadConfig({
      text,
      file: '/etc/sluice.yaml',
      environment: {},
      readFile: () => '',
      providerTypes,
      hasDefaultUrl: () => true,
    })
    return []
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    return thrown.problems.map(({ line, column, path, message, hint }) =>
      [`${line}:${column} ${path}: ${message}`, ...(hint ? [hint] : [])].join(' '),
    )
  }
}

const inProvider = (setting: string) => `providers:\n  openai:\n    ${setting}\n`
const inModel = (setting: string) => `${inProvider('{}')}models:\n  m:\n    targets: [openai/m]\n    ${setting}\n`

/** The path of each old key, a file that holds it, and its one problem. */
const OLD_KEYS: readonly (readonly [path: string, text: string, problem: string])[] = [
  ['calls', 'calls: { maxAttempts: 3 }', '1:1 calls: renamed; write "requests"'],
  ['server.drain', 'server: { drain: 60s }', '1:11 server.drain: renamed; write "drainTimeout"'],
  ['server.keepAlive', 'server: { keepAlive: off }', '1:11 server.keepAlive: renamed; write "streamKeepAlive"'],
  ['log.calls', 'log:\n  calls: false', '2:3 log.calls: renamed; write "requests"'],
  [
    'providers.*.health.failures',
    inProvider('health: { failures: 3 }'),
    '3:15 providers.openai.health.failures: renamed; write "failureThreshold"',
  ],
  [
    'providers.*.health.open',
    inProvider('health: { open: 5s }'),
    '3:15 providers.openai.health.open: renamed; write "cooldown"',
  ],
  [
    'providers.*.health.off',
    inProvider('health: { off: true }'),
    '3:15 providers.openai.health.off: renamed; write "enabled: false" for "off: true"',
  ],
  ['models.*.strict', inModel('strict: true'), '7:5 models.m.strict: renamed; write "strictTranslation"'],
  ['models.*.keepAlive', inModel('keepAlive: 15s'), '7:5 models.m.keepAlive: renamed; write "streamKeepAlive"'],
  [
    'models.*.retriesAfter',
    inModel('retriesAfter: { server: 1 }'),
    '7:5 models.m.retriesAfter: renamed; write "retriesOn"',
  ],
  [
    'models.*.admission.queue',
    inModel('admission: { queue: 5 }'),
    '7:18 models.m.admission.queue: renamed; write "maxQueued"',
  ],
  [
    'models.*.admission.adaptive',
    inModel('admission: { adaptive: true }'),
    '7:18 models.m.admission.adaptive: renamed; write "adaptiveConcurrency"',
  ],
]

test.each(OLD_KEYS)('%s is rejected, and the problem names the new key', (_path, text, problem) =>
  expect(problemsOf(text)).toEqual([problem]),
)

test('every key of the table is tested', () =>
  expect(OLD_KEYS.map(([path]) => path).toSorted()).toEqual(Object.keys(RENAMED_KEYS).toSorted()))

const paths = new Set(allPaths(configSchema(providerTypes)))
test.each(Object.entries(RENAMED_KEYS))('%s is not in the schema, and %s is', (path, newName) => {
  const [name] = /\w+/.exec(newName)!
  expect(paths).not.toContain(path)
  expect(paths).toContain([...path.split('.').slice(0, -1), name].join('.'))
})

describe('also', () => {
  test.each([
    ['an empty section', 'calls:', ['1:1 calls: renamed; write "requests"']],
    ['a key without a value', 'log: { calls }', ['1:8 log.calls: renamed; write "requests"']],
    [
      'beside the new name',
      'server: { drain: 1s, drainTimeout: 1s }',
      ['1:11 server.drain: renamed; write "drainTimeout"'],
    ],
    ['with a value that was never valid', 'calls: 5', ['1:1 calls: renamed; write "requests"']],
    [
      'several at once, each with its position',
      'log: { calls: true }\nserver: { drain: 1s, keepAlive: 1s }',
      [
        '1:8 log.calls: renamed; write "requests"',
        '2:11 server.drain: renamed; write "drainTimeout"',
        '2:22 server.keepAlive: renamed; write "streamKeepAlive"',
      ],
    ],
  ])('%s', (_, text, expected) => expect(problemsOf(text)).toEqual(expected))

  test('a model or a provider can have the name of an old key', () =>
    expect(problemsOf('providers: { calls: { type: openai } }\nmodels: { strict: calls/m }')).toEqual([]))

  test('`drain` of an endpoint keeps its name', () =>
    expect(
      problemsOf('providers: { gpu: { type: vllm, endpoints: [{ url: http://10.0.0.1:8000, drain: true }] } }'),
    ).toEqual([]))
})
