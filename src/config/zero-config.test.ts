import { describe, expect, test } from 'bun:test'
import { configFrom } from '../../test/parts.ts'
import { masterKeyFrom } from '../access/master-key.ts'
import { providerType, providerTypes } from '../providers/index.ts'
import { EndpointRegistry } from '../routing/endpoint.ts'
import { PoolStates } from '../routing/pool-state.ts'
import { compile } from './compile.ts'
import { zeroConfig } from './zero-config.ts'

const SIMULATED = [
  { name: 'sim-1b', urls: ['http://127.0.0.1:1', 'http://127.0.0.1:2'] },
  { name: 'sim-3b', urls: ['http://127.0.0.1:3'] },
]

function start(environment: Record<string, string>, simulated = SIMULATED) {
  const text = zeroConfig(environment, simulated)
  const config = configFrom(text, environment)
  return {
    text,
    config,
    table: compile(config, {
      registry: new EndpointRegistry(),
      pools: new PoolStates(),
      masterKey: masterKeyFrom('k'),
      version: 1,
    }).table,
  }
}

/** `provider model` of what answers to a name. */
function answering(table: ReturnType<typeof start>['table'], name: string): string | undefined {
  const found = table.find(name)
  // Some have no chat.
  const candidate = found && Object.values(found.model.pools).flatMap(({ candidates }) => candidates)[0]
  return candidate && `${candidate.provider.name} ${candidate.upstreamModel.replace('*', () => found?.matched ?? '*')}`
}

describe('without a file and without keys', () => {
  test('the simulated models and their routes are configured', () => {
    const { table } = start({})
    expect(table.names()).toEqual(['sim-1b', 'sim-3b'])
    expect(table.routes.map(({ path, type }) => `${path} ${type}`)).toEqual([
      '/v1/1b model',
      '/v1/3b model',
      '/v1/ab-test split',
    ])
    expect(table.find('sim-1b')!.model.pools.chat!.candidates.map(({ endpoint }) => endpoint.baseUrl)).toEqual([
      'http://127.0.0.1:1/v1',
      'http://127.0.0.1:2/v1',
    ])
    expect(table.route('/v1/ab-test')).toMatchObject({
      split: {
        arms: [
          { model: 'sim-1b', weight: 70 },
          { model: 'sim-3b', weight: 30 },
        ],
        sticky: { type: 'user' },
      },
    })
  })

  test('and without simulated models, the configuration is empty and valid', () => {
    const { config } = start({}, [])
    expect([config.providers, config.models, config.routes]).toEqual([[], [], []])
  })
})

describe('a key in the environment adds its provider', () => {
  const { text, table } = start({ OPENAI_API_KEY: 'sk-open: "x"', MISTRAL_API_KEY: 'm', GROQ_API_KEY: '0123' })

  test.each([
    ['gpt-4o', 'openai gpt-4o'],
    ['o3-mini', 'openai o3-mini'],
    ['mistral-large-latest', 'mistral mistral-large-latest'],
    ['openai/anything', 'openai anything'],
    ['groq/openai/gpt-oss-20b', 'groq openai/gpt-oss-20b'],
    ['mistral/x', 'mistral x'],
    ['sim-1b', 'sim-1b sim-1b'],
    ['grok-4', undefined],
    ['llama', undefined],
  ])('%s is served by %p', (name, expected) => expect(answering(table, name)).toBe(expected))

  test('keys are named in the text, not copied into it', () => {
    expect(text).toContain('${OPENAI_API_KEY}')
    expect(text).not.toContain('sk-open')
  })

  test('a key with special characters arrives unchanged', () => {
    const keyOf = (name: string) =>
      table.find(`${name}/x`)!.model.pools.chat!.candidates[0]!.provider.headers['authorization']
    expect([keyOf('openai'), keyOf('groq')]).toEqual(['Bearer sk-open: "x"', 'Bearer 0123'])
  })
})

test.each(providerTypes.filter((type) => providerType(type)!.keyVariables.length > 0 && type !== 'azure'))(
  'the key of %s is sufficient',
  (type) => {
    const { table } = start({ [providerType(type)!.keyVariables.at(-1)!]: 'key' }, [])
    expect(answering(table, `${type}/some-model`)).toBe(`${type} some-model`)
    for (const pattern of providerType(type)!.modelPatterns)
      expect(answering(table, pattern.replace('*', '1'))).toStartWith(`${type} `)
  },
)
