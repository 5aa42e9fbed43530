// Several workers: what one of them learns of an endpoint's health keeps the others from learning it again.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Server } from 'bun'
import type { EndpointReport } from '../src/routing/health/report.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { type Cluster, sendOnNewConnection, startCluster } from './cluster.ts'
import { chat, eventually, series } from './gateway.ts'

const WORKERS = 4
const CALLS = '/v1/chat/completions'
let good: Fleet
/** Answers what a test wants, and counts. */
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
  good.stop()
  await bad.stop(true)
  for (const cluster of crews) cluster.child.process.kill('SIGKILL')
})

const fails = () => new Response('no', { status: 500 })
const WHOLE = { choices: [{ index: 0, message: { role: 'assistant', content: 'back' }, finish_reason: 'stop' }] }

const crews: Cluster[] = []

/** The bad server has all the weight: the good one is asked when nothing else is left. */
async function crewWith(health: object): Promise<Cluster> {
  badHost = `127.0.0.1:${bad.port}`
  const endpoints = [`http://${badHost}`, { url: good.urls[0]!, weight: 0 }]
  const config = { providers: { gpu: { type: 'vllm', endpoints, health } }, models: { 'sim-1b': 'gpu/sim-1b' } }
  const cluster = await startCluster({ config, workers: WORKERS })
  crews.push(cluster)
  calls = 0
  checks = 0
  return cluster
}

const call = async (cluster: Cluster) =>
  (await sendOnNewConnection(cluster.url + CALLS, chat('x', { max_tokens: 1 })).answer).status

/** What as many connections as meet every worker, short of a chance in ten thousand, are told of the bad server. */
async function reports(cluster: Cluster): Promise<EndpointReport[]> {
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => sendOnNewConnection(`${cluster.url}/admin/endpoints`).answer),
  )
  return answers.map(({ text }) =>
    (JSON.parse(text) as { endpoints: EndpointReport[] }).endpoints.find(({ id }) => id.endsWith(badHost))!,
  )
}

const allSay = async (cluster: Cluster, is: (report: EndpointReport) => boolean) => (await reports(cluster)).every(is)
const ready = async (cluster: Cluster) => series(await cluster.metrics(), 'sluice_workers{state="ready"}') === WORKERS

test('an endpoint that fails is opened by as many failures as with one worker, and a new worker knows it', async () => {
  answer = fails
  const cluster = await crewWith({ off: true, failures: 5, open: '60s' })
  for (let failures = 1; failures <= 5; failures++) {
    expect(await call(cluster)).toBe(200)
    await eventually(() => allSay(cluster, (report) => report.failures === failures && report.picks === failures))
  }
  await eventually(() => allSay(cluster, ({ state }) => state === 'open'))
  const [victim] = cluster.pids()
  process.kill(victim!, 'SIGKILL')
  await eventually(() => cluster.pids().length === WORKERS && !cluster.pids().includes(victim!))
  await eventually(() => ready(cluster))
  await eventually(() => allSay(cluster, ({ state }) => state === 'open'))
  const statuses = await Promise.all(Array.from({ length: 40 }, () => call(cluster)))
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(calls).toBe(5)
  const said = await reports(cluster)
  expect(new Set(said.map(({ reason }) => reason))).toEqual(new Set(['failure, upstream_failed (500)']))
  const ends = said.map(({ until }) => Date.parse(until!))
  expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(500)
}, 20_000)

test('one call finds out for all that it is well again', async () => {
  answer = fails
  const cluster = await crewWith({ off: true, failures: 1, open: '500ms' })
  await call(cluster)
  await eventually(() => allSay(cluster, ({ state }) => state !== 'ready'))
  answer = () => Response.json(WHOLE)
  await eventually(async () => {
    await call(cluster)
    return calls > 1
  })
  await eventually(() => allSay(cluster, ({ state }) => state === 'warming'))
  const logged = () =>
    cluster.child
      .output()
      .split('\n')
      .filter((line) => line.includes('"warming"')).length
  await eventually(() => logged() > 0)
  expect(logged()).toBe(1)
}, 20_000)

test('an endpoint that asks for time has it from all', async () => {
  answer = () => new Response('{}', { status: 429, headers: { 'retry-after': '60' } })
  const cluster = await crewWith({ off: true })
  await call(cluster)
  await eventually(() => allSay(cluster, ({ state }) => state === 'backing-off'))
  await Promise.all(Array.from({ length: 40 }, () => call(cluster)))
  expect(calls).toBe(1)
}, 20_000)

test('one process checks for all, and what it finds all know, a new worker too', async () => {
  answer = fails
  const startMs = performance.now()
  const cluster = await crewWith({ interval: '100ms', timeout: '1s' })
  await eventually(() => checks >= 10)
  expect(checks).toBeLessThan((performance.now() - startMs) / 80 + 2)
  const { port } = bad
  await bad.stop(true)
  await eventually(() => allSay(cluster, ({ state }) => state === 'down'))
  const [victim] = cluster.pids()
  process.kill(victim!, 'SIGKILL')
  await eventually(() => cluster.pids().length === WORKERS && !cluster.pids().includes(victim!))
  await eventually(() => ready(cluster))
  expect(await allSay(cluster, ({ state }) => state === 'down')).toBe(true)
  bad = Bun.serve({ port: port!, hostname: '127.0.0.1', fetch: () => new Response('well') })
  await eventually(() => allSay(cluster, ({ state }) => state === 'warming'))
}, 20_000)
