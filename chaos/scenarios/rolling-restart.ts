// Two instances behind a balancer, restarted one after the other for a minute.
import { type Cluster, startCluster } from '../../test/cluster.ts'
import { KEY } from '../../test/gateway.ts'
import { type Balancer, startBalancer } from '../balancer.ts'
import { requestsOf, type ChaosRequest } from '../requests.ts'
import { type Client, createClient, type Outcome } from '../client.ts'
import { judge } from '../judge.ts'
import { MODELS } from '../gateway-config.ts'
import { startSim } from '../sim-server.ts'
import type { Scenario } from './scenario.ts'

const SECONDS = 60
const CLIENTS = 24
const SPEED = 0.3
const MAX_ATTEMPTS = 5

interface Counts {
  requests: number
  exact: number
  retried: number
  broken: number
  /** The verdicts that are neither exact nor broken, as JSON. */
  readonly others: string[]
}

export const rollingRestart: Scenario = {
  title: `two instances behind a TCP balancer, stopped and started in turn for ${SECONDS} s`,
  async run() {
    const servers = await Promise.all(MODELS.map((model) => startSim(model, SPEED)))
    const config = configFor(servers.map(({ url }) => url))
    const clusters = [await startCluster({ config, workers: 2 }), await startCluster({ config, workers: 2 })]
    const ports = clusters.map(({ url }) => Number(new URL(url).port))
    const balancer = await startBalancer(ports)
    try {
      const load = startClients(balancer)
      const restarts = await restartInTurn(clusters, ports, config)
      const counts = await load.stop()
      return {
        rows: [
          ['restarts', restarts],
          ['requests', counts.requests],
          ['exact', counts.exact],
          ['sent again: the connection broke before any byte of the response', counts.retried],
          ['broken after a part of the response', counts.broken],
          ['anything else', counts.others.slice(0, 3).join('; ') || 0],
        ],
        holds: counts.broken === 0 && counts.others.length === 0 && counts.exact > 0,
      }
    } finally {
      balancer.stop()
      for (const cluster of clusters) cluster.child.process.kill('SIGKILL')
      for (const server of servers) server.kill()
    }
  },
}

const configFor = (urls: readonly string[]) => ({
  providers: Object.fromEntries(urls.map((url, at) => [`gpu${at}`, { type: 'vllm', endpoints: [url] }])),
  models: Object.fromEntries(MODELS.map((model, at) => [model, `gpu${at}/${model}`])),
})

/** Restarts the `clusters` in turn. Returns the number of restarts. */
async function restartInTurn(clusters: Cluster[], ports: readonly number[], config: object): Promise<number> {
  const endMs = performance.now() + SECONDS * 1000
  let restarts = 0
  for (let at = 0; performance.now() < endMs; at = (at + 1) % clusters.length) {
    const leaving = clusters[at]!
    leaving.child.process.kill('SIGTERM')
    await leaving.child.process.exited
    clusters[at] = await startCluster({ config, workers: 2, environment: { SERVER_PORT: String(ports[at]) } })
    restarts++
  }
  return restarts
}

function startClients({ url }: Balancer): { stop(): Promise<Counts> } {
  const counts: Counts = { requests: 0, exact: 0, retried: 0, broken: 0, others: [] }
  let isOver = false
  async function run(client: Client, at: number): Promise<void> {
    for (const request of requestsOf(1, at, MODELS)) {
      if (isOver) return client.close()
      const uninterrupted = { ...request, disconnectsAfterMs: undefined }
      count(uninterrupted, await sendWithRetries(client, uninterrupted, counts), counts)
      await Bun.sleep(request.pauseMs)
    }
  }
  const running = Array.from({ length: CLIENTS }, (_, at) => run(createClient(url, KEY), at))
  return {
    async stop() {
      isOver = true
      await Promise.all(running)
      return counts
    },
  }
}

/** Sends a request again if the connection broke before any byte of the response, as HTTP clients do. */
async function sendWithRetries(client: Client, request: ChaosRequest, counts: Counts): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await client.send(request)
    if (outcome.ending !== 'broken' || outcome.status !== 0 || tries === MAX_ATTEMPTS) return outcome
    counts.retried++
  }
}

function count(request: ChaosRequest, outcome: Outcome, counts: Counts): void {
  const verdict = judge(request, outcome)
  counts.requests++
  if (verdict.type === 'exact') counts.exact++
  else if (verdict.type === 'incomplete') counts.broken++
  else counts.others.push(JSON.stringify(verdict))
}
