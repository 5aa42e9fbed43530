import { afterEach, describe, expect, test } from 'bun:test'
import { masterKeyFrom } from '../access/master-key.ts'
import { type Config, loadConfig } from '../config/load.ts'
import { hasDefaultUrl, providerTypes } from '../providers/index.ts'
import { eventually } from '../../test/gateway.ts'
import { createGatewayProcess, type GatewayProcess } from '../runtime/gateway-process.ts'
import { SupervisorBus } from './bus/supervisor-bus.ts'
import { type Bus, SUPERVISOR } from './bus/topic.ts'
import { WorkerBus } from './bus/worker-bus.ts'
import { joinConfigAsSupervisor, joinConfigAsWorker } from './topics/config.ts'
import { joinTopics } from './topics.ts'

const configOf = (hosts: readonly string[]): Config =>
  loadConfig({
    text: JSON.stringify({
      log: { level: 'silent' },
      providers: { gpu: { type: 'vllm', endpoints: hosts.map((host) => `http://${host}`) } },
      models: { m: 'gpu/m' },
    }),
    file: 'sluice.yaml',
    environment: {},
    readFile: () => '',
    providerTypes,
    hasDefaultUrl,
  })

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

function member<End extends Bus>(id: number, bus: End) {
  const config = configOf(['a:1', 'b:1'])
  const gatewayProcess = createGatewayProcess({ version: '1', config, masterKey: masterKeyFrom('k'), configVersion: 1 })
  const topics = joinTopics({ id, bus, gatewayProcess })
  stops.push(async () => {
    topics.loads.stopPublishing()
    await gatewayProcess.stop()
  })
  return { id, bus, gatewayProcess, ...topics }
}

/** A supervisor without workers, and a function that starts one as the supervisor does. */
function machine() {
  const log = { warn: () => {} }
  const workers = new Map<number, WorkerBus>()
  const bus = new SupervisorBus({
    log,
    workers: () => [...workers].map(([id, end]) => ({ id, send: (message) => end.receive(structuredClone(message)) })),
  })
  const supervisor = member(SUPERVISOR, bus)
  const confirmed: (readonly [worker: number, version: number])[] = []
  const publishConfig = joinConfigAsSupervisor(bus, (...confirmation) => confirmed.push(confirmation))

  function start(id: number) {
    const end = new WorkerBus({ log, send: (message) => bus.receive(id, structuredClone(message)) })
    const worker = member(id, end)
    const status = { version: 1, loadedAt: 0, lastError: undefined }
    const { endpointsChanged: onApplied } = worker.loads
    const reloadStatus = joinConfigAsWorker(worker, { status, onApplied })
    workers.set(id, end)
    for (const message of bus.catchUp(id)) end.receive(structuredClone(message))
    return { ...worker, reloadStatus }
  }
  return { bus, supervisor, confirmed, publishConfig, start }
}

const statesOf = ({ gatewayProcess }: { readonly gatewayProcess: GatewayProcess }) =>
  [...gatewayProcess.endpoints()].map(({ health }) => health.state(performance.now()))
const endpointOf = ({ gatewayProcess }: { readonly gatewayProcess: GatewayProcess }, id: string) =>
  [...gatewayProcess.endpoints()].find((endpoint) => endpoint.id === id)!

describe('actions', () => {
  test('of one worker apply in all processes, and in a worker that starts later', () => {
    const { supervisor, start } = machine()
    const [one, other] = [start(1), start(2)]
    expect(one.actions.submit({ action: 'drain', id: 'gpu/a:1' })).toBe(1)
    const all = [supervisor, one, other, start(3)]
    expect(all.map((each) => statesOf(each)[0])).toEqual(all.map(() => 'draining'))
    expect(all.map((each) => statesOf(each)[1])).not.toContain('draining')
    other.actions.submit({ action: 'undrain', id: 'gpu/a:1' })
    expect([...all, start(4)].flatMap(statesOf)).not.toContain('draining')
  })

  test('on an unknown endpoint apply to none', () => {
    const { start } = machine()
    expect(start(1).actions.submit({ action: 'drain', id: 'gpu/x:1' })).toBe(0)
  })
})

test('the supervisor knows the endpoints that are down, and a new worker gets them', () => {
  const { supervisor, start } = machine()
  const { key } = endpointOf(supervisor, 'gpu/a:1')
  const report = { key, isDown: true, reason: 'active check: no connection', validMs: 60_000, heardMs: undefined }
  supervisor.gatewayProcess.applyLiveness(report)
  expect(statesOf(start(1))[0]).toBe('down')
})

describe('loads', () => {
  const elsewhere = (each: { readonly gatewayProcess: GatewayProcess }) => endpointOf(each, 'gpu/a:1').inFlightElsewhere
  const report = (worker: number, inFlight: number, key: string) => ({
    type: 'publish' as const,
    topic: 'loads',
    message: [
      worker,
      {
        [key]: {
          inFlight,
          picks: inFlight,
          failures: 0,
          answeredAgoMs: undefined,
          consecutiveFailures: 0,
          failingForMs: 0,
          states: [],
        },
      },
      0,
    ],
  })

  test('of the others reach a new worker, its own do not, and those of an exited worker are dropped', () => {
    const { bus, supervisor, start } = machine()
    start(1)
    start(2)
    const { key } = endpointOf(supervisor, 'gpu/a:1')
    bus.receive(1, report(1, 3, key))
    bus.receive(2, report(2, 4, key))
    const third = start(3)
    expect([supervisor, third].map(elsewhere)).toEqual([7, 7])
    expect(bus.catchUp(2)).toEqual([
      { type: 'topic', topic: 'loads', entries: [[[1, expect.anything(), expect.any(Number)], SUPERVISOR]] },
    ])
    bus.workerGone(1)
    expect([supervisor, third].map(elsewhere)).toEqual([4, 4])
  })
})

test('a configuration applies in every worker, which confirms it', async () => {
  const { confirmed, publishConfig, start } = machine()
  const workers = [start(1), start(2)]
  publishConfig({ type: 'apply', config: configOf(['a:1', 'c:1']), version: 2 })
  publishConfig({ type: 'status', status: { version: 2, loadedAt: 7, lastError: undefined } })
  expect(confirmed).toEqual([]) // it is compiled in slices
  await eventually(() => workers.every(({ reloadStatus }) => reloadStatus().version === 2))
  for (const { gatewayProcess } of workers)
    expect([...gatewayProcess.endpoints()].map(({ id }) => id)).toEqual(['gpu/a:1', 'gpu/c:1'])
  expect(confirmed).toEqual([
    [1, 2],
    [2, 2],
  ])
})

test('configurations apply in the order in which they were published, however long each takes', async () => {
  const { confirmed, publishConfig, start } = machine()
  const { gatewayProcess } = start(1)
  const many = Array.from({ length: 300 }, (_, at) => `a:${at + 1}`)
  publishConfig({ type: 'apply', config: configOf(many), version: 2 })
  publishConfig({ type: 'apply', config: configOf(['b:1']), version: 3 })
  await eventually(() => confirmed.length === 2)
  expect(confirmed).toEqual([
    [1, 2],
    [1, 3],
  ])
  expect([...gatewayProcess.endpoints()].map(({ id }) => id)).toEqual(['gpu/b:1'])
})
