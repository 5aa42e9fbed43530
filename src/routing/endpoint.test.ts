import { expect, test } from 'bun:test'
import { snapshotFrom } from '../../test/parts.ts'
import { EndpointRegistry } from './endpoint.ts'

const configOf = (urls: readonly string[], maxConcurrency = 5) => ({
  providers: { gpu: { type: 'vllm', maxConcurrency, endpoints: urls } },
  models: { m: 'gpu/m' },
})
const [A, B] = ['http://10.0.0.1:8000', 'http://10.0.0.2:8000']

function compiled(registry: EndpointRegistry, config: object) {
  const snapshot = snapshotFrom(config, registry)
  return { snapshot, candidates: snapshot.table.find('m')!.model.pools.chat!.candidates }
}

test('an endpoint keeps its calls in flight and its slowness across reloads, and takes the new limit', () => {
  const registry = new EndpointRegistry()
  const [before] = compiled(registry, configOf([A])).candidates
  before!.endpoint.inFlight = 3
  before!.slowness.observe(7, 0)
  const [after] = compiled(registry, configOf([A, B], 9)).candidates
  expect(after!.endpoint).toBe(before!.endpoint)
  expect([after!.inFlight, after!.slowness.at(0), after!.endpoint.maxConcurrency]).toEqual([3, 7, 9])
})

test('an endpoint that a reload removes is forgotten, and starts from zero when it is added again', () => {
  const registry = new EndpointRegistry()
  const [, old] = compiled(registry, configOf([A, B])).candidates
  old!.endpoint.inFlight = 3
  old!.slowness.observe(7, 0)
  compiled(registry, configOf([A]))
  const [first, second] = compiled(registry, configOf([A, B])).candidates
  expect(second!.endpoint).not.toBe(old!.endpoint)
  expect([second!.inFlight, second!.slowness.at(0)]).toEqual([0, undefined])
  expect(first!.id).toBe('gpu/10.0.0.1:8000')
  expect(old!.inFlight).toBe(3) // calls still in flight there keep their count
})

test('the same address with another scheme or path is another endpoint', () => {
  const urls = ['http://h:1', 'https://h:1', 'http://h:1/x', 'http://h:1/v1/']
  const after = urls.map((url) => {
    const registry = new EndpointRegistry()
    const [first] = compiled(registry, configOf(['http://h:1'])).candidates
    const [next] = compiled(registry, configOf([url])).candidates
    return [next!.endpoint.baseUrl, next!.endpoint === first!.endpoint]
  })
  expect(after).toEqual([
    ['http://h:1/v1', true],
    ['https://h:1/v1', false],
    ['http://h:1/x', false],
    ['http://h:1/v1', true],
  ])
  const { endpoints } = compiled(new EndpointRegistry(), configOf(urls)).snapshot.settings
  expect(new Set(endpoints.map(({ endpoint }) => endpoint)).size).toBe(3)
})

test('slowness is measured per model: hosted endpoints serve several models at one address', () => {
  const registry = new EndpointRegistry()
  const { table } = snapshotFrom(
    { providers: { openai: { apiKey: 'x' } }, models: { a: 'openai/a', b: 'openai/b' } },
    registry,
  )
  const [a, b] = ['a', 'b'].map((name) => table.find(name)!.model.pools.chat!.candidates[0]!)
  expect(a!.endpoint).toBe(b!.endpoint)
  expect(a!.slowness).not.toBe(b!.slowness)
})
