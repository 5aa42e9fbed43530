// Several worker processes behind one port: crashes, reloads, drains, and the state that they share.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expectedText } from '../src/sim/expected.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { startChild } from './child.ts'
import {
  type ClusterResponse,
  clientPortsOf,
  type Cluster,
  isAlive,
  type SentRequest,
  sendOnNewConnection,
  startCluster,
} from './cluster.ts'
import { chat, eventually, oneModel, series, textOfEvents } from './gateway.ts'

const CALLS = '/v1/chat/completions'
const clusters: Cluster[] = []
let fleet: Fleet

async function clusterOf(...[options]: Parameters<typeof startCluster>): Promise<Cluster> {
  const cluster = await startCluster(options)
  clusters.push(cluster)
  return cluster
}

const executable = join(mkdtempSync(join(tmpdir(), 'sluice-build-')), 'gateway')

beforeAll(async () => {
  const main = resolve(import.meta.dir, '../src/main.ts')
  expect(await Bun.spawn([process.execPath, 'build', main, '--compile', '--outfile', executable]).exited).toBe(0)
  fleet = await startFleet({ servers: 2, speed: 4 })
})
afterAll(() => {
  fleet?.stop()
  for (const cluster of clusters) cluster.child.process.kill('SIGKILL')
})

test('a response is found by every worker, and kept once', async () => {
  const cluster = await clusterOf({ config: oneModel(fleet.urls), workers: 3 })
  const send = (body: object) => sendOnNewConnection(`${cluster.url}/v1/responses`, body).answer
  const turn = async (previous?: string) => {
    const { status, text } = await send({
      model: 'sim-1b',
      input: 'Hello.',
      ...(previous !== undefined && { previous_response_id: previous }),
    })
    expect([status, text]).toEqual([200, expect.any(String)])
    return (JSON.parse(text) as { id: string }).id
  }
  // Each turn is a new connection, which the kernel gives to any worker.
  let last = await turn()
  for (let more = 0; more < 11; more++) last = await turn(last)
  expect(series(await cluster.metrics(), 'sluice_stored_responses')).toBe(12)
})

const eventsOf = (text: string): string[] =>
  text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice(6))

/** The text of a response, complete or streamed. */
const textOf = ({ text }: ClusterResponse): string =>
  text.startsWith('data: ')
    ? textOfEvents(eventsOf(text))
    : (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]!.message.content

/** Every counter and every count of a histogram, by the text of its series. */
const countsIn = (metrics: string): Map<string, number> =>
  new Map(
    metrics
      .split('\n')
      .filter((line) => /^\w+(?:_total|_bucket|_count)[ {]/.test(line))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

const exit = async (cluster: Cluster, signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<number> => {
  cluster.child.process.kill(signal)
  return cluster.child.process.exited
}

const inFlight = async (cluster: Cluster): Promise<number> =>
  [...(await cluster.metrics()).matchAll(/^sluice_endpoint_in_flight\{.*\} (\d+)$/gm)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  )

test('if one of four workers is killed, only its own requests fail, and a new worker replaces it', async () => {
  const slow = await startFleet({ servers: 2, speed: 0.1 })
  const cluster = await clusterOf({ config: oneModel(slow.urls) })
  const calls = Array.from({ length: 24 }, (_, index) => {
    const stream = index % 3 !== 0
    const body = chat(`Question ${index}`, { max_tokens: 60, stream })
    return { body, stream, sent: sendOnNewConnection(cluster.url + CALLS, body) }
  })
  await eventually(() => calls.every(({ sent, stream }) => sent.hasBegun || !stream))
  await eventually(async () => (await inFlight(cluster)) === calls.length)
  const before = countsIn(await cluster.metrics())
  const [victim, ...others] = cluster.pids()
  const lost = clientPortsOf(victim!, Number(new URL(cluster.url).port))

  process.kill(victim!, 'SIGKILL')
  await eventually(() => cluster.pids().some((pid) => pid !== victim && !others.includes(pid)))
  await eventually(async () => series(await cluster.metrics(), 'sluice_workers{state="ready"}') === 4)

  const outcomes = await Promise.all(
    calls.map(async ({ sent, body }) => {
      const text = await sent.answer.then(textOf, () => 'broken')
      return { isLost: lost.has(sent.port), isExact: text === expectedText(body) }
    }),
  )
  expect(lost.size).toBeGreaterThan(0)
  expect(lost.size).toBeLessThan(calls.length)
  expect(outcomes.filter(({ isLost, isExact }) => isLost === isExact)).toEqual([])

  const after = countsIn(await cluster.metrics())
  expect([...before].filter(([name, count]) => !((after.get(name) ?? -1) >= count))).toEqual([])
  expect(series(await cluster.metrics(), 'sluice_worker_restarts_total')).toBe(1)
  const fresh = cluster.pids().find((pid) => !others.includes(pid))
  await eventually(async () => {
    const sent = Array.from({ length: 12 }, () =>
      sendOnNewConnection(cluster.url + CALLS, chat('Are you new?', { max_tokens: 30, stream: true })),
    )
    await eventually(() => sent.every(({ hasBegun }) => hasBegun))
    const held = clientPortsOf(fresh!, Number(new URL(cluster.url).port))
    const reached = sent.some(({ port }) => held.has(port))
    for (const { answer } of sent) expect((await answer).status).toBe(200)
    return reached
  })
  expect(await exit(cluster)).toBe(0)
  slow.stop()
})

describe('four workers', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await clusterOf({ config: oneModel(fleet.urls) })
  })
  const on = async (path: string, body?: object) => sendOnNewConnection(cluster.url + path, body).answer
  const statusOf = async (model: string) => (await on(CALLS, { ...chat('x', { max_tokens: 1 }), model })).status
  /** Enough connections to reach every worker, except with a chance of one in a million. */
  const everywhere = async <T>(ask: () => Promise<T>) => Promise.all(Array.from({ length: 48 }, ask))

  test('have metrics that add up to the requests sent', async () => {
    const name = 'http_requests_total{method="POST",route="/v1",operation="chat",status="200"}'
    const before = series(await cluster.metrics(), name)
    const made = await everywhere(() => on(CALLS, chat('Count me', { max_tokens: 2 })))
    expect(made.every(({ status }) => status === 200)).toBe(true)
    await eventually(async () => series(await cluster.metrics(), 'http_requests_in_flight') === 0)
    const metrics = await cluster.metrics()
    expect(series(metrics, name) - before).toBe(48)
    expect(series(metrics, 'sluice_config_version')).toBe(1)
    expect(series(metrics, 'sluice_build_info{version="0.1.0"}')).toBe(1)
    expect(series(metrics, 'process_start_time_seconds')).toBeGreaterThan(Date.now() / 1000 - 600)
  })

  test('do not delay a scrape if one is frozen, and its counts stay', async () => {
    const before = countsIn(await cluster.metrics())
    const [frozen] = cluster.pids()
    process.kill(frozen!, 'SIGSTOP')
    const after = countsIn(await cluster.metrics()) // before it continues
    process.kill(frozen!, 'SIGCONT')
    expect([...before].filter(([name, count]) => !((after.get(name) ?? -1) >= count))).toEqual([])
  })

  test('apply a reload in all of them or in none', async () => {
    const config = oneModel(fleet.urls)
    cluster.configure({ ...config, models: { ...config.models, fresh: 'gpu/sim-1b' } })
    const accepted = await on('/admin/reload', {})
    expect(accepted.status).toBe(200)
    expect(accepted.text).not.toContain('needsRestart')
    expect(new Set(await everywhere(() => statusOf('fresh')))).toEqual(new Set([200]))

    cluster.configure('models: { a: { targets: [gpu/x], policy: round_robbin } }')
    const refused = await on('/admin/reload', {})
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('round_robin')
    expect(new Set(await everywhere(() => statusOf('fresh')))).toEqual(new Set([200]))
    const health = await everywhere(async () => (await on('/health')).text.includes('round_robbin'))
    expect(new Set(health)).toEqual(new Set([true]))
    expect(series(await cluster.metrics(), 'sluice_config_last_reload_successful')).toBe(0)
  })

  test('share the running configuration with a new worker while the file is invalid', async () => {
    const [victim] = cluster.pids()
    process.kill(victim!, 'SIGKILL')
    await eventually(() => !cluster.pids().includes(victim!))
    await eventually(async () => series(await cluster.metrics(), 'sluice_workers{state="ready"}') === 4)
    expect(new Set(await everywhere(() => statusOf('fresh')))).toEqual(new Set([200]))
  })

  test('report which changes need a restart', async () => {
    cluster.configure(oneModel(fleet.urls), { workers: 2, drainTimeout: '9s' })
    const answer = await on('/admin/reload', {})
    expect(answer.status).toBe(200)
    expect((JSON.parse(answer.text) as { needsRestart: string[] }).needsRestart).toEqual(['server.workers'])
    await eventually(() => cluster.child.output().includes('Restart Sluice to use them'))
  })

  test('get a replacement for one that SIGTERM stops', async () => {
    const [leaving] = cluster.pids()
    process.kill(leaving!, 'SIGTERM')
    await eventually(() => !isAlive(leaving!))
    await eventually(async () => series(await cluster.metrics(), 'sluice_workers{state="ready"}') === 4)
    expect(new Set(await everywhere(() => statusOf('sim-1b')))).toEqual(new Set([200]))
  })

  test('all exit on SIGTERM', async () => {
    const pids = cluster.pids()
    expect(pids).toHaveLength(4)
    expect(await exit(cluster)).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
  })
})

test('maxConcurrency applies to all workers together, and the requests of a killed one stop counting at once', async () => {
  const slow = await startFleet({ servers: 1, speed: 0.1 })
  const cluster = await clusterOf({
    config: oneModel(slow.urls, { retries: 0, admission: { maxQueued: 0 } }, { maxConcurrency: 6 }),
    workers: 3,
  })
  const ask = () =>
    sendOnNewConnection(cluster.url + CALLS, chat('Stay', { max_tokens: 400, ignore_eos: true, stream: true }))
  const inFlightAtOne = async () =>
    (
      JSON.parse((await sendOnNewConnection(`${cluster.url}/health`).answer).text) as {
        models: { endpoints: { inFlight: number }[] }[]
      }
    ).models[0]!.endpoints[0]!.inFlight
  const allReport = async (count: number) =>
    (await Promise.all(Array.from({ length: 24 }, inFlightAtOne))).every((each) => each === count)

  const held: SentRequest[] = []
  for (let at = 1; at <= 6; at++) {
    held.push(ask())
    await eventually(() => allReport(at))
  }
  const refused = await Promise.all(Array.from({ length: 24 }, () => ask().answer))
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]))

  const holders = cluster.pids().map((pid) => ({ pid, ports: clientPortsOf(pid, Number(new URL(cluster.url).port)) }))
  const victim = holders.find(({ ports }) => held.some(({ port }) => ports.has(port)))!
  const lost = held.filter(({ port }) => victim.ports.has(port)).length
  process.kill(victim.pid, 'SIGKILL')
  await eventually(async () => series(await cluster.metrics(), 'sluice_workers{state="ready"}') === 3)
  await eventually(() => allReport(6 - lost))
  const again = ask()
  await eventually(() => again.hasBegun)
  cluster.child.process.kill('SIGTERM')
  cluster.child.process.kill('SIGINT')
  expect(await cluster.child.process.exited).toBe(1)
  slow.stop()
})

test('while it drains it is not ready, closes idle connections after their next response, and finishes streams', async () => {
  const slow = await startFleet({ servers: 1, speed: 0.4 })
  const cluster = await clusterOf({ config: oneModel(slow.urls), workers: 2 })
  const body = chat('Take your time', { max_tokens: 40, stream: true })
  const stream = sendOnNewConnection(cluster.url + CALLS, body)
  await eventually(() => stream.hasBegun)
  const { port, hostname } = new URL(cluster.url)
  let said = ''
  const idle = connect(Number(port), hostname)
  idle.on('data', (part) => (said += part.toString()))
  const ended = new Promise<string>((resolve) => {
    idle.on('close', () => resolve('closed'))
    idle.on('error', () => resolve('reset'))
  })
  const readiness = 'GET /health/readiness HTTP/1.1\r\nHost: x\r\n\r\n'
  idle.write(readiness)
  await eventually(() => said.includes('"ready"'))
  expect(said).not.toMatch(/connection: close/i)

  cluster.child.process.kill('SIGTERM')
  await eventually(async () => (await sendOnNewConnection(`${cluster.url}/health/readiness`).answer).status === 503)
  said = ''
  idle.write(readiness)
  expect(await ended).toBe('closed')
  expect(said).toStartWith('HTTP/1.1 503')
  expect(said).toMatch(/connection: close/i)
  expect(textOf(await stream.answer)).toBe(expectedText(body))
  expect(await cluster.child.process.exited).toBe(0)
  slow.stop()
})

test('restarting two instances one after the other fails no stream', async () => {
  const config = oneModel(fleet.urls)
  const first = [await clusterOf({ config, workers: 2 }), await clusterOf({ config, workers: 2 })]
  const urls = first.map(({ url }) => url)
  const stopped = new AbortController()
  const outcomes: string[] = []
  const ask = async (body: object, at: number): Promise<string> => {
    const response = await fetch(urls[at % 2]! + CALLS, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test-master' },
      body: JSON.stringify(body),
    }).catch((error: { code?: string }) => {
      // A connection that is opened just as the port closes is reset before it carries any data.
      if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') return undefined
      throw error
    })
    return response ? textOfEvents(eventsOf(await response.text())) : ask(body, at + 1)
  }
  const sendUntilStopped = async (index: number) => {
    for (let call = 0; !stopped.signal.aborted; call++) {
      const body = chat(`Call ${call} of ${index}`, { max_tokens: 30, stream: true })
      const text = await ask(body, call).catch((error: unknown) => String(error))
      outcomes.push(text === expectedText(body) ? 'exact' : text)
    }
  }
  const clients = Array.from({ length: 8 }, (_, index) => sendUntilStopped(index))
  for (const [at, cluster] of first.entries()) {
    const before = outcomes.length
    await eventually(() => outcomes.length > before + 16)
    expect(await exit(cluster)).toBe(0)
    await clusterOf({ config, workers: 2, environment: { SERVER_PORT: new URL(urls[at]!).port } })
  }
  const before = outcomes.length
  await eventually(() => outcomes.length > before + 16)
  stopped.abort()
  await Promise.all(clients)
  expect(outcomes.filter((outcome) => outcome !== 'exact')).toEqual([])
})

test('workers finish their requests and exit if their supervisor is killed', async () => {
  const cluster = await clusterOf({ config: oneModel(fleet.urls), workers: 2 })
  const body = chat('Go on', { max_tokens: 100, stream: true })
  const stream = sendOnNewConnection(cluster.url + CALLS, body)
  await eventually(() => stream.hasBegun)
  const pids = cluster.pids()
  cluster.child.process.kill('SIGKILL')
  expect(textOf(await stream.answer)).toBe(expectedText(body))
  await eventually(() => !pids.some(isAlive))
})

test.each([
  ['an invalid file', 'models: {a: {targets: [nowhere/x]}}', {}, /models\.a\.targets/],
  ['an invalid number of workers', '{}', { SERVER_WORKERS: '0' }, /SERVER_WORKERS/],
])('%s stops the start of several workers with one message', async (_title, text, environment, message) => {
  const config = join(mkdtempSync(join(tmpdir(), 'sluice-bad-')), 'sluice.yaml')
  writeFileSync(config, text)
  const given = { SERVER_PORT: '0', METRICS_PORT: '0', SERVER_WORKERS: '2', SLUICE_MASTER_KEY: 'x', ...environment }
  const failed: Error = await startChild(['serve', '-c', config], /Try it/, given).then(
    () => new Error('it started'),
    (error: Error) => error,
  )
  expect(failed.message).toMatch(message)
  expect(failed.message.match(new RegExp(message, 'g'))).toHaveLength(1)
})

test('a port that another gateway shares among its workers is reported as taken', async () => {
  const shared = Bun.serve({ port: 0, hostname: '127.0.0.1', reusePort: true, fetch: () => new Response() })
  const failed = clusterOf({ config: oneModel(fleet.urls), environment: { SERVER_PORT: String(shared.port) } })
  await expect(failed).rejects.toThrow(`Port ${shared.port} is in use by another program`)
  await shared.stop(true)
})

test('the executable starts itself as workers', async () => {
  const cluster = await clusterOf({ config: oneModel(fleet.urls), workers: 2, command: [executable] })
  expect(cluster.child.output()).toContain('2 workers')
  expect(cluster.pids()).toHaveLength(2)
  const body = chat('Hello', { max_tokens: 5 })
  const answers = await Promise.all(
    Array.from({ length: 16 }, () => sendOnNewConnection(cluster.url + CALLS, body).answer),
  )
  expect(new Set(answers.map(textOf))).toEqual(new Set([expectedText(body)]))
  expect(await exit(cluster, 'SIGINT')).toBe(0)
})
