// Endpoints that fail, send retry-after, die or are drained, behind a whole gateway and over real sockets.
import { afterEach, describe, expect, test } from 'bun:test'
import type { EndpointReport } from '../src/routing/fleet/report.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { createSimServer } from '../src/sim/server.ts'
import { chat, eventually, inBatches, oneModel, series, startGateway, type TestGateway } from './gateway.ts'

const stops: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

async function fleetOf(servers: number, speed = 0): Promise<Fleet> {
  const fleet = await startFleet({ servers, speed })
  stops.push(fleet.stop)
  return fleet
}

async function gatewayFor(urls: readonly string[], model: object = {}, provider: object = {}): Promise<TestGateway> {
  const gateway = await startGateway(
    oneModel(urls, model, { health: { enabled: false, cooldown: '10m' }, ...provider }),
  )
  stops.push(() => gateway.stop())
  return gateway
}

const arm = (fleet: Fleet, index: number, fault: object) =>
  fetch(`${fleet.urls[index]}/sim/faults`, { method: 'POST', body: JSON.stringify(fault) })
const requestsAt = (fleet: Fleet, index: number) => fleet.servers[index]!.metrics.requests
const idOf = (url: string) => `gpu/${new URL(url).host}`

async function reports(gateway: TestGateway): Promise<Record<string, EndpointReport>> {
  const { endpoints } = (await (await gateway.get('/admin/endpoints')).json()) as { endpoints: EndpointReport[] }
  return Object.fromEntries(endpoints.map((report) => [report.id, report]))
}
const stateOf = async (gateway: TestGateway, url: string) => (await reports(gateway))[idOf(url)]!.state

const ask = (gateway: TestGateway, more: object = {}) => gateway.post('/v1/chat/completions', chat('Hello', more))
/** The statuses of sequential requests. */
async function askInTurn(gateway: TestGateway, times: number): Promise<number[]> {
  const statuses: number[] = []
  for (let time = 0; time < times; time++) {
    const response = await ask(gateway, { max_tokens: 1 })
    await response.text()
    statuses.push(response.status)
  }
  return statuses
}
const all = (status: number, times: number) => Array.from({ length: times }, () => status)

describe('a server that returns 500 to every request', () => {
  test('is ejected after five failures', async () => {
    const fleet = await fleetOf(2)
    const [bad] = fleet.urls as [string, string]
    const gateway = await gatewayFor(fleet.urls, { policy: 'round_robin' })
    await arm(fleet, 0, { kind: 'status-500' })
    expect(await askInTurn(gateway, 10)).toEqual(all(200, 10))
    expect(await reports(gateway)).toMatchObject({
      [idOf(bad)]: { state: 'open', reason: 'failure, upstream_failed (500)', picks: 5, failures: 5 },
    })
  })

  test('gets one request after each cooldown, and recovers when one succeeds', async () => {
    const fleet = await fleetOf(2)
    const [bad] = fleet.urls as [string, string]
    const health = { enabled: false, failureThreshold: 5, cooldown: '200ms' }
    const gateway = await gatewayFor(fleet.urls, { policy: 'round_robin' }, { health })
    await arm(fleet, 0, { kind: 'status-500' })
    const opened = `sluice_endpoint_state_changes_total{endpoint="${idOf(bad)}",state="open"}`
    const openings = async () => series(await gateway.metrics(), opened)
    for (let opening = 1; opening <= 3; opening++) {
      await eventually(async () => {
        expect(await askInTurn(gateway, 1)).toEqual([200])
        return (await openings()) >= opening
      })
      await eventually(async () => (await stateOf(gateway, bad)) === 'half-open')
    }
    const { picks, failures } = (await reports(gateway))[idOf(bad)]!
    expect([picks, failures]).toEqual([4 + (await openings()), 4 + (await openings())])

    await fetch(`${bad}/sim/faults`, { method: 'DELETE' })
    expect(await askInTurn(gateway, 1)).toEqual([200])
    expect((await reports(gateway))[idOf(bad)]).toMatchObject({ state: 'warming', picks: picks + 1 })
    const metrics = await gateway.metrics()
    expect(series(metrics, `sluice_endpoint_state{endpoint="${idOf(bad)}",state="warming"}`)).toBe(1)
    expect(series(metrics, opened)).toBe(picks - 4)
  })

  test.each(['least_request', 'p2c', 'latency'])(
    'does not attract requests by failing fast, with the policy %s',
    async (policy) => {
      const fleet = await fleetOf(3, 2)
      const gateway = await gatewayFor(fleet.urls, { policy })
      await arm(fleet, 0, { kind: 'status-500' })
      const statuses = await inBatches(
        Array.from({ length: 120 }),
        async () => {
          const response = await ask(gateway, { max_tokens: 4 })
          await response.text()
          return response.status
        },
        12,
      )
      expect(statuses).toEqual(all(200, 120))
      // A first burst can reach it before any of its requests has failed; later requests do not.
      expect((await reports(gateway))[idOf(fleet.urls[0]!)]!.picks).toBeLessThan(16)
    },
  )

  test('gets every request if it is the only endpoint', async () => {
    const fleet = await fleetOf(1)
    const gateway = await gatewayFor(fleet.urls, { retries: 0 })
    await arm(fleet, 0, { kind: 'status-500' })
    expect(await askInTurn(gateway, 8)).toEqual(all(500, 8))
    expect(await reports(gateway)).toMatchObject({ [idOf(fleet.urls[0]!)]: { state: 'ready', failures: 8 } })
  })
})

test('many bad requests eject no endpoint', async () => {
  const fleet = await fleetOf(2)
  const gateway = await gatewayFor(fleet.urls)
  for (let time = 0; time < 30; time++) {
    const response = await gateway.post('/v1/chat/completions', chat('x', { temperature: 3 }))
    expect(response.status).toBe(400)
  }
  for (const report of Object.values(await reports(gateway)))
    expect(report).toMatchObject({ state: 'ready', failures: 0, since: null })
  const picks = Object.values(await reports(gateway)).map((report) => report.picks)
  expect(picks[0]! + picks[1]!).toBe(30)
})

describe('a server that sends retry-after', () => {
  test('gets no request until then', async () => {
    const fleet = await fleetOf(2)
    const [limited] = fleet.urls as [string, string]
    const gateway = await gatewayFor(fleet.urls, { policy: 'round_robin' })
    await arm(fleet, 0, { kind: 'status-429', retryAfter: 60 })
    const startedMs = Date.now()
    expect(await askInTurn(gateway, 10)).toEqual(all(200, 10))
    const endedMs = Date.now()
    const report = (await reports(gateway))[idOf(limited)]!
    expect(report).toMatchObject({ state: 'backing-off', picks: 1, failures: 1 })
    // The report and this test round their clocks differently.
    expect(Date.parse(report.until!)).toBeWithin(startedMs + 60_000 - 5, endedMs + 60_000 + 5)
    expect(Date.parse(report.since!)).toBeWithin(startedMs - 5, Date.now() + 5)
  })

  test('causes a 429 with the shortest retry-after if every endpoint sends one', async () => {
    const fleet = await fleetOf(2)
    const gateway = await gatewayFor(fleet.urls)
    await arm(fleet, 0, { kind: 'status-429', retryAfter: 60 })
    await arm(fleet, 1, { kind: 'status-503', retryAfter: 30 })
    await ask(gateway)
    const response = await ask(gateway)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '30'])
    const { error } = (await response.json()) as { error: { code: string } }
    expect(error.code).toBe('overloaded')
    expect(Object.values(await reports(gateway)).map(({ picks }) => picks)).toEqual([1, 1])
  })

  test('is replaced by the fallback', async () => {
    const fleet = await fleetOf(2)
    const [limited, spare] = fleet.urls as [string, string]
    const gateway = await startGateway({
      providers: { gpu: { type: 'vllm', endpoints: [limited] }, spare: { type: 'vllm', endpoints: [spare] } },
      models: { 'sim-1b': { targets: ['gpu/sim-1b'], fallbacks: ['second'] }, second: 'spare/sim-1b' },
    })
    stops.push(() => gateway.stop())
    await arm(fleet, 0, { kind: 'status-429', retryAfter: 60 })
    expect(await askInTurn(gateway, 3)).toEqual(all(200, 3))
    expect(await reports(gateway)).toMatchObject({ [idOf(limited)]: { picks: 1 } })
  })
})

describe('a drained endpoint', () => {
  test.each([
    ['raw', (id: string) => id],
    ['percent-encoded', encodeURIComponent],
  ])('under load fails no request and gets no new one (id %s)', async (_title, encode) => {
    const fleet = await fleetOf(2, 1)
    const [drained] = fleet.urls as [string, string]
    const gateway = await gatewayFor(fleet.urls)
    const stopped = new AbortController()
    const statuses: number[] = []
    const sendUntilStopped = async (stream: boolean) => {
      while (!stopped.signal.aborted) {
        const response = await ask(gateway, { stream, max_tokens: 8 })
        const text = await response.text()
        statuses.push(text.includes('"error"') ? 599 : response.status)
      }
    }
    const clients = [true, false, true, false, true, false].map(sendUntilStopped)
    await eventually(() => requestsAt(fleet, 0) > 5)
    const response = await gateway.post(`/admin/endpoints/${encode(idOf(drained))}/drain`, '')
    expect(await response.json()).toMatchObject({ endpoints: [{ id: idOf(drained), state: 'draining' }] })
    const { picks } = (await reports(gateway))[idOf(drained)]!
    await eventually(async () => (await reports(gateway))[idOf(drained)]!.inFlight === 0)
    const done = statuses.length
    await eventually(() => statuses.length > done + 20)
    stopped.abort()
    await Promise.all(clients)
    expect((await reports(gateway))[idOf(drained)]!.picks).toBe(picks)
    expect(statuses.filter((status) => status !== 200)).toEqual([])

    await gateway.post(`/admin/endpoints/${encode(idOf(drained))}/undrain`, '')
    await askInTurn(gateway, 20)
    expect((await reports(gateway))[idOf(drained)]!.picks).toBeGreaterThan(picks)
  })

  test('in the configuration drains from the reload on, and returns with the next reload', async () => {
    const fleet = await fleetOf(2)
    const [first, second] = fleet.urls as [string, string]
    const gateway = await gatewayFor(fleet.urls)
    gateway.write(oneModel([{ url: first, drain: true } as unknown as string, second]))
    await gateway.reload('admin')
    await askInTurn(gateway, 10)
    expect(await reports(gateway)).toMatchObject({ [idOf(first)]: { state: 'draining', picks: 0 } })
    gateway.write(oneModel(fleet.urls))
    await gateway.reload('admin')
    expect(await stateOf(gateway, first)).toBe('warming')
  })

  test('that is the only one causes a 503 that names the drain', async () => {
    const fleet = await fleetOf(1)
    const gateway = await gatewayFor(fleet.urls)
    await gateway.post(`/admin/endpoints/${idOf(fleet.urls[0]!)}/drain`, '')
    const response = await ask(gateway)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10'])
    expect(await response.text()).toContain('being drained')
  })
})

describe('the admin API of endpoints', () => {
  test.each([
    ['POST', '/admin/endpoints/gpu/nowhere:1/drain', 404],
    ['POST', '/admin/endpoints/gpu/nowhere:1/explode', 404],
    ['POST', '/admin/endpoints/drain', 404],
    ['POST', '/admin/endpoints/%E0%A4/drain', 400],
    ['GET', '/admin/endpoints/gpu/nowhere:1/drain', 405],
  ])('%s %s is %d', async (method, path, status) => {
    const gateway = await gatewayFor(['http://127.0.0.1:9'])
    const response = method === 'GET' ? await gateway.get(path) : await gateway.post(path, '')
    expect(response.status).toBe(status)
  })

  test.each([
    ['GET', '/admin/endpoints'],
    ['POST', '/admin/endpoints/gpu/127.0.0.1:9/drain'],
  ])('%s %s requires the key', async (method, path) => {
    const gateway = await gatewayFor(['http://127.0.0.1:9'])
    expect((await fetch(gateway.url + path, { method })).status).toBe(401)
  })
})

describe('active checks', () => {
  const quick = { health: { interval: '10ms', timeout: '40s' } }

  test('detect that a server has died, and that it is back', async () => {
    const fleet = await fleetOf(1)
    const stoppable = await createSimServer({ speed: 0 })
    const gateway = await gatewayFor([fleet.urls[0]!, stoppable.url], {}, quick)
    await eventually(async () => (await stateOf(gateway, stoppable.url)) === 'ready')
    stoppable.stop()
    await eventually(async () => (await stateOf(gateway, stoppable.url)) === 'down')
    const { picks } = (await reports(gateway))[idOf(stoppable.url)]!
    expect(await askInTurn(gateway, 10)).toEqual(all(200, 10))
    expect(await reports(gateway)).toMatchObject({
      [idOf(stoppable.url)]: {
        reason: 'active check: connection failed: upstream refused the connection',
        picks,
        failures: 0,
      },
    })
    const health = (await (await gateway.get('/health')).json()) as { models: { endpoints: { state: string }[] }[] }
    expect(health.models[0]!.endpoints.map(({ state }) => state).toSorted()).toEqual(['down', 'ready'])

    const restarted = await createSimServer({ speed: 0, port: stoppable.port })
    stops.push(restarted.stop)
    await eventually(async () => (await stateOf(gateway, stoppable.url)) === 'warming')
  })

  test('change nothing if the server has no health page', async () => {
    let checks = 0
    const other = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch() {
        checks++
        return new Response(null, { status: 404 })
      },
    })
    stops.push(() => other.stop(true))
    const url = `http://127.0.0.1:${other.port}`
    const gateway = await gatewayFor([url], {}, { health: { interval: '1ms' } })
    await eventually(() => checks >= 3)
    expect(await reports(gateway)).toMatchObject({ [idOf(url)]: { state: 'ready', since: null } })
  })

  test('end for an endpoint that a reload removes, and with the gateway', async () => {
    const checks = { kept: 0, removed: 0 }
    const listen = (name: 'kept' | 'removed') => {
      const server = Bun.serve({
        hostname: '127.0.0.1',
        port: 0,
        fetch() {
          checks[name]++
          return new Response()
        },
      })
      stops.push(() => server.stop(true))
      return `http://127.0.0.1:${server.port}`
    }
    const [kept, removed] = [listen('kept'), listen('removed')]
    const gateway = await startGateway(oneModel([kept, removed], {}, quick))
    await eventually(() => checks.kept > 1 && checks.removed > 1)
    gateway.write(oneModel([kept], {}, quick))
    await gateway.reload('admin')
    const after = { ...checks }
    await eventually(() => checks.kept > after.kept + 5)
    expect(checks.removed).toBeLessThanOrEqual(after.removed + 1) // one may have been on its way
    await gateway.stop()
    const end = checks.kept
    const other = await startGateway(oneModel([removed], {}, quick)) // as long as five checks take
    await eventually(() => checks.removed > after.removed + 6)
    await other.stop()
    expect(checks.kept).toBeLessThanOrEqual(end + 1)
  })
})
