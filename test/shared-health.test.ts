// Several workers share what they observe of an endpoint's health.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Server } from 'bun'
import type { EndpointReport } from '../src/routing/fleet/report.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { type Cluster, sendOnNewConnection, startCluster } from './cluster.ts'
import { chat, eventually, series } from './gateway.ts'

const WORKERS = 4
const CALLS = '/v1/chat/completions'
let good: Fleet
/** Responds as the test sets, and counts requests and active checks. */
let bad: Server<undefined>
let answer: () => Response
let badHost = ''
let calls = 0
let checks = 0

beforeAll(async () => {
  good = await startFleet({ servers: 1, speed: 0 })
  bad = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      if (request.method === 'GET') checks++
      else calls++
      return request.method === 'GET' ? new Response('well') : answer()
    },
  })
})
afterAll(async () => {
  good?.stop()
  await bad?.stop(true)
  for (const cluster of clusters) cluster.child.process.kill('SIGKILL')
})

const fails = () => new Response('no', { status: 500 })
const WHOLE = { choices: [{ index: 0, message: { role: 'assistant', content: 'back' }, finish_reason: 'stop' }] }

const clusters: Cluster[] = []

/** The bad server has all the weight: the good one is chosen only if no other is left. */
async function clusterWith(health: object): Promise<Cluster> {
  badHost = `127.0.0.1:${bad.port}`
  const endpoints = [`http://${badHost}`, { url: good.urls[0]!, weight: 0 }]
  const config = { providers: { gpu: { type: 'vllm', endpoints, health } }, models: { 'sim-1b': 'gpu/sim-1b' } }
  const cluster = await startCluster({ config, workers: WORKERS })
  clusters.push(cluster)
  calls = 0
  checks = 0
  return cluster
}

const call = async (cluster: Cluster) =>
  (await sendOnNewConnection(cluster.url + CALLS, chat('x', { max_tokens: 1 })).answer).status

/** Reports on the bad server, over enough connections to reach every worker, short of a chance in ten thousand. */
async function reports(cluster: Cluster): Promise<EndpointReport[]> {
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => sendOnNewConnection(`${cluster.url}/admin/endpoints`).answer),
  )
  return answers.map(({ text }) =>
    (JSON.parse(text) as { endpoints: EndpointReport[] }).endpoints.find(({ id }) => id.endsWith(badHost))!,
  )
}

const allReport = async (cluster: Cluster, is: (report: EndpointReport) => boolean) =>
  (await reports(cluster)).every(is)
const ready = async (cluster: Cluster) => series(await cluster.metrics(), 'sluice_workers{state="ready"}') === WORKERS

test('a failing endpoint is ejected after as many failures as with one worker, also in a worker that starts later', async () => {
  answer = fails
  const cluster = await clusterWith({ enabled: false, failureThreshold: 5, cooldown: '10m' })
  const startedMs = Date.now()
  for (let failures = 1; failures <= 5; failures++) {
    expect(await call(cluster)).toBe(200)
    await eventually(() => allReport(cluster, (report) => report.failures === failures && report.picks === failures))
  }
  await eventually(() => allReport(cluster, ({ state }) => state === 'open'))
  const [victim] = cluster.pids()
  process.kill(victim!, 'SIGKILL')
  await eventually(() => cluster.pids().length === WORKERS && !cluster.pids().includes(victim!))
  await eventually(() => ready(cluster))
  await eventually(() => allReport(cluster, ({ state }) => state === 'open'))
  const statuses = await Promise.all(Array.from({ length: 40 }, () => call(cluster)))
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(calls).toBe(5)
  const reported = await reports(cluster)
  expect(new Set(reported.map(({ reason }) => reason))).toEqual(new Set(['failure, upstream_failed (500)']))
  // Cooldowns of their own would end up to 4 minutes apart. A shared one differs by the time that the message took.
  const ends = reported.map(({ until }) => Date.parse(until!))
  expect(Math.max(...ends) - Math.min(...ends)).toBeLessThanOrEqual(Date.now() - startedMs)
})

test('one request that succeeds ends the cooldown in all workers', async () => {
  answer = fails
  const cluster = await clusterWith({ enabled: false, failureThreshold: 1, cooldown: '500ms' })
  await call(cluster)
  await eventually(() => allReport(cluster, ({ state }) => state !== 'ready'))
  answer = () => Response.json(WHOLE)
  await eventually(async () => {
    await call(cluster)
    return calls > 1
  })
  await eventually(() => allReport(cluster, ({ state }) => state === 'warming'))
  const logged = () =>
    cluster.child
      .output()
      .split('\n')
      .filter((line) => line.includes('"warming"')).length
  await eventually(() => logged() > 0)
  expect(logged()).toBe(1)
})

test('all workers respect the retry-after of an endpoint', async () => {
  answer = () => new Response('{}', { status: 429, headers: { 'retry-after': '60' } })
  const cluster = await clusterWith({ enabled: false })
  await call(cluster)
  await eventually(() => allReport(cluster, ({ state }) => state === 'backing-off'))
  await Promise.all(Array.from({ length: 40 }, () => call(cluster)))
  expect(calls).toBe(1)
})

test('one process runs the active checks, and all workers apply the result, also one that starts later', async () => {
  answer = fails
  const startMs = performance.now()
  const cluster = await clusterWith({ interval: '100ms', timeout: '1s' })
  await eventually(() => checks >= 10)
  expect(checks).toBeLessThan((performance.now() - startMs) / 80 + 2)
  const { port } = bad
  await bad.stop(true)
  await eventually(() => allReport(cluster, ({ state }) => state === 'down'))
  const [victim] = cluster.pids()
  process.kill(victim!, 'SIGKILL')
  await eventually(() => cluster.pids().length === WORKERS && !cluster.pids().includes(victim!))
  await eventually(() => ready(cluster))
  expect(await allReport(cluster, ({ state }) => state === 'down')).toBe(true)
  bad = Bun.serve({ port: port!, hostname: '127.0.0.1', fetch: () => new Response('well') })
  await eventually(() => allReport(cluster, ({ state }) => state === 'warming'))
})
