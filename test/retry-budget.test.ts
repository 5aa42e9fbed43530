import { expect, test } from 'bun:test'
import { startFleet } from '../src/sim/fleet.ts'
import { chat, inBatches, oneModel, series, startGateway } from './gateway.ts'

test('the retry budget limits the attempts of a pool that fails as a whole', async () => {
  const fleet = await startFleet({ servers: 3, speed: 0 })
  for (const url of fleet.urls) await fetch(`${url}/sim/faults`, { method: 'POST', body: '{"kind":"status-500"}' })
  const gateway = await startGateway(oneModel(fleet.urls))
  const statuses = await inBatches(
    Array.from({ length: 1000 }),
    async () => (await gateway.post('/v1/chat/completions', chat('x'))).status,
  )
  expect(new Set(statuses)).toEqual(new Set([500]))
  const metrics = await gateway.metrics()
  const attempts = series(metrics, 'llm_provider_requests_total{provider="gpu",model="sim-1b"}')
  expect(attempts).toBeLessThanOrEqual(1000 + 100 + 100)
  expect(series(metrics, 'llm_rate_limit_exceeded_total{scope="retry_budget"}')).toBeGreaterThan(0)
  await gateway.stop()
  fleet.stop()
})

test('a model without retries spends none of the retry budget', async () => {
  const fleet = await startFleet({ servers: 2, speed: 0 })
  for (const url of fleet.urls) await fetch(`${url}/sim/faults`, { method: 'POST', body: '{"kind":"status-500"}' })
  const gateway = await startGateway(oneModel(fleet.urls, { retries: 0 }))
  await inBatches(Array.from({ length: 300 }), async () =>
    (await gateway.post('/v1/chat/completions', chat('x'))).text(),
  )
  const metrics = await gateway.metrics()
  expect(series(metrics, 'llm_provider_requests_total{provider="gpu",model="sim-1b"}')).toBe(300)
  expect(series(metrics, 'llm_rate_limit_exceeded_total{scope="retry_budget"}')).toBe(0)
  await gateway.stop()
  fleet.stop()
})
