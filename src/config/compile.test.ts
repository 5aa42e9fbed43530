import { expect, test } from 'bun:test'
import { masterKeyFrom } from '../access/master-key.ts'
import { configFrom, snapshotFrom } from '../../test/parts.ts'
import { type Endpoint, EndpointRegistry } from '../routing/endpoint.ts'
import { PoolStates } from '../routing/pool-state.ts'
import { compile } from './compile.ts'

const configOf = (endpoints: readonly object[], health: object, admission: object = {}) => ({
  providers: { gpu: { type: 'vllm', endpoints, health } },
  models: { m: { targets: ['gpu/m'], admission } },
})
const BEFORE = configOf([{ url: 'http://a', maxConcurrency: 4 }, { url: 'http://b' }], { failureThreshold: 3 })
const AFTER = configOf(
  [{ url: 'http://a', maxConcurrency: 9, drain: true }, { url: 'http://c' }],
  { failureThreshold: 8, cooldown: '20s', path: '/other', interval: '30s' },
  { adaptiveConcurrency: true },
)

const settingsOf = ({ id, maxConcurrency, adaptive, check, reachability, health }: Endpoint) => ({
  id,
  maxConcurrency,
  adaptive,
  check,
  reachability,
  breaker: health.breaker.limits,
  mayOpen: health.breaker.mayOpen,
  state: health.state(0),
})

function running() {
  const parts = { registry: new EndpointRegistry(), pools: new PoolStates() }
  snapshotFrom(BEFORE, parts.registry, parts.pools)
  return { ...parts, masterKey: masterKeyFrom('k'), version: 2, environment: {} }
}

test('a configuration that fails to compile at its last model leaves the running endpoints as they were', () => {
  const parts = running()
  const before = [...parts.registry.all()].map(settingsOf)
  const config = configFrom(AFTER)
  const last = { ...config.models[0]!, name: 'last', targets: [{ provider: 'absent', model: 'm', weight: 1 }] }
  expect(() => compile({ ...config, models: [...config.models, last] }, parts)).toThrow()
  expect([...parts.registry.all()].map(settingsOf)).toEqual(before)
})

test('a configuration that is compiled and not applied changes no endpoint and adds none', () => {
  const parts = running()
  const before = [...parts.registry.all()].map(settingsOf)
  compile(configFrom(AFTER), parts)
  expect([...parts.registry.all()].map(settingsOf)).toEqual(before)
})

test('a configuration that is applied changes the endpoints that stay, adds the new ones, and removes the others', () => {
  const { registry, pools } = running()
  const [kept] = registry.all()
  snapshotFrom(AFTER, registry, pools)
  const after = [...registry.all()]
  expect(after[0]).toBe(kept!)
  expect(after.map(({ id }) => id)).toEqual(['gpu/a', 'gpu/c'])
  expect(settingsOf(kept!)).toMatchObject({
    maxConcurrency: 9,
    adaptive: expect.anything(),
    check: { url: 'http://a/other', intervalMs: 30_000 },
    breaker: { failures: 8, openMs: 20_000 },
    state: 'draining',
  })
})

test('endpoints of a provider that no model uses are not in service', () => {
  const registry = new EndpointRegistry()
  snapshotFrom(
    {
      providers: { a: { type: 'vllm', endpoints: ['http://a'] }, b: { type: 'vllm', endpoints: ['http://b'] } },
      models: { m: 'a/m' },
    },
    registry,
  )
  expect([...registry.all()].map(({ id }) => id)).toEqual(['a/a'])
})
