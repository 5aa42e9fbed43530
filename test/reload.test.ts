import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import {
  chat,
  eventually,
  KEY,
  oneModel,
  readEvents,
  series,
  startGateway,
  type TestGateway,
  textOfEvents,
} from './gateway.ts'
import { answer, startScriptedUpstream, when } from './scripted.ts'

let fleet: Fleet
let gateway: TestGateway
beforeAll(async () => {
  fleet = await startFleet({ servers: 2, speed: 4 })
  gateway = await startGateway(oneModel(fleet.urls))
})
afterAll(async () => {
  await gateway?.stop()
  fleet?.stop()
})

const withModel = (name: string) => {
  const config = oneModel(fleet.urls)
  return { ...config, models: { ...config.models, [name]: 'gpu/sim-1b' } }
}
const statusOf = async (model: string) =>
  (await gateway.post('/v1/chat/completions', { ...chat('x', { max_tokens: 1 }), model })).status
const version = async () => series(await gateway.metrics(), 'sluice_config_version')

test('edits under load fail no request: new models and invalid files', async () => {
  const stopped = new AbortController()
  const failures: string[] = []
  let calls = 0
  const sendUntilStopped = async (stream: boolean) => {
    while (!stopped.signal.aborted) {
      const response = await gateway.post('/v1/chat/completions', chat(`Call ${calls++}`, { stream, max_tokens: 20 }))
      const text = stream ? textOfEvents(await readEvents(response)) : await response.text()
      if (response.status !== 200 || text === '') failures.push(`${response.status} ${text.slice(0, 200)}`)
    }
  }
  const clients = [true, false, true, false].map(sendUntilStopped)
  for (let edit = 0; edit < 10; edit++) {
    const broken = edit % 3 === 2
    gateway.write(broken ? 'models: [this is: not' : withModel(`model-${edit}`))
    expect((await gateway.reload('admin')).ok).toBe(!broken)
    const before = calls
    await eventually(() => calls > before + 2)
  }
  stopped.abort()
  await Promise.all(clients)
  expect(failures).toEqual([])
  expect(calls).toBeGreaterThan(20)
})

test('a changed file is noticed, and the new model is served', async () => {
  expect(await statusOf('fresh')).toBe(404)
  gateway.write(withModel('fresh'))
  await eventually(async () => (await statusOf('fresh')) === 200)
})

test('an invalid edit is rejected with line and column, and the running configuration stays', async () => {
  const before = await version()
  gateway.write(
    'providers:\n  gpu: { type: vllm, endpoints: [http://127.0.0.1:1] }\nmodels:\n  a: { targets: [gpu/x], policy: round_robbin }\n',
  )
  const response = await gateway.post('/admin/reload', '')
  expect(response.status).toBe(422)
  const { error } = (await response.json()) as {
    error: { problems: { line: number; column: number; message: string; hint?: string }[] }
  }
  expect(error.problems).toEqual([
    expect.objectContaining({ line: 4, column: expect.any(Number), hint: expect.stringContaining('round_robin') }),
  ])
  expect(await statusOf('fresh')).toBe(200)
  expect(await version()).toBe(before)
  expect(series(await gateway.metrics(), 'sluice_config_last_reload_successful')).toBe(0)
  const health = await fetch(`${gateway.url}/health`, { headers: { authorization: `Bearer ${KEY}` } })
  expect(JSON.stringify(await health.json())).toContain('round_robbin')
})

test('the endpoints that stay keep their requests in flight through a reload', async () => {
  let isOver = false
  const slow = startScriptedUpstream(when(() => isOver, answer('yes')))
  const slowGateway = await startGateway(oneModel([slow.url]))
  const call = slowGateway.post('/v1/chat/completions', chat('Slow'))
  const inFlight = async () =>
    series(await slowGateway.metrics(), `sluice_endpoint_in_flight{endpoint="gpu/${new URL(slow.url).host}"}`)
  await eventually(async () => (await inFlight()) === 1)
  slowGateway.write(oneModel([slow.url], { policy: 'p2c' }))
  await slowGateway.reload('admin')
  const details = (await (await slowGateway.get('/health')).json()) as {
    models: { endpoints: { inFlight: number }[] }[]
  }
  expect(details.models[0]!.endpoints[0]!.inFlight).toBe(1)
  isOver = true
  expect((await call).status).toBe(200)
  await slowGateway.stop()
  slow.stop()
})

test('calls that wait in the queue keep their places through a reload, and count against its limit after it', async () => {
  const slow = await startFleet({ servers: 1, speed: 0.1 })
  const model = (policy: string) => oneModel(slow.urls, { policy, admission: { maxQueued: 2 } }, { maxConcurrency: 1 })
  const through = await startGateway(model('random'))
  const call = (name: string) => through.post('/v1/chat/completions', chat(name, { max_tokens: 20 }))
  const depth = async () => series(await through.metrics(), 'sluice_queue_depth{model="sim-1b",priority="normal"}')
  const calls = [call('in flight')]
  await eventually(() => slow.servers[0]!.engine.running === 1)
  calls.push(call('queued first'), call('queued second'))
  await eventually(async () => (await depth()) === 2)
  through.write(model('p2c'))
  expect((await through.reload('admin')).ok).toBe(true)
  const late = await call('one too many')
  expect([late.status, late.headers.has('retry-after')]).toEqual([429, true])
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200])
  await through.stop()
  slow.stop()
})

test('round robin goes on with the next endpoint after a reload', async () => {
  const model = (retries: number) => oneModel(fleet.urls, { policy: 'round_robin', retries })
  const through = await startGateway(model(1))
  const endpointOf = async () =>
    (await through.post('/v1/chat/completions', chat('x', { max_tokens: 1 }))).headers.get('x-sluice-endpoint')
  const first = await endpointOf()
  through.write(model(2))
  expect((await through.reload('admin')).ok).toBe(true)
  expect(await endpointOf()).not.toBe(first)
  await through.stop()
})
