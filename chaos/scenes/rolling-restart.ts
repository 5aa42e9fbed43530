// Two instances behind a balancer, restarted one after the other for a minute.
import { type Cluster, startCluster } from '../../test/cluster.ts'
import { KEY } from '../../test/gateway.ts'
import { type Balancer, startBalancer } from '../balancer.ts'
import { callsOf, type ChatCall } from '../calls.ts'
import { type Client, createClient, type Outcome } from '../client.ts'
import { judge } from '../judge.ts'
import { MODELS } from '../setting.ts'
import { startSim } from '../sim-server.ts'
import type { Scene } from './scene.ts'

const SECONDS = 60
const CLIENTS = 24
const SPEED = 0.3
const MOST_TRIES = 5

interface Counts {
  calls: number
  exact: number
  retried: number
  broken: number
  /** Neither exact nor broken, in words. */
  readonly others: string[]
}

export const rollingRestart: Scene = {
  title: `two instances behind a TCP balancer, stopped and started in turn for ${SECONDS} s`,
  async play() {
    const servers = await Promise.all(MODELS.map((model) => startSim(model, SPEED)))
    const config = configFor(servers.map(({ url }) => url))
    const crews = [await startCluster({ config, workers: 2 }), await startCluster({ config, workers: 2 })]
    const ports = crews.map(({ url }) => Number(new URL(url).port))
    const balancer = await startBalancer(ports)
    try {
      const load = startClients(balancer)
      const restarts = await restartInTurn(crews, ports, config)
      const counts = await load.stop()
      return {
        rows: [
          ['restarts', restarts],
          ['calls', counts.calls],
          ['exact', counts.exact],
          ['tried again: the connection broke before anything had come', counts.retried],
          ['broken with part of an answer', counts.broken],
          ['anything else', counts.others.slice(0, 3).join('; ') || 0],
        ],
        holds: counts.broken === 0 && counts.others.length === 0 && counts.exact > 0,
      }
    } finally {
      balancer.stop()
      for (const cluster of crews) cluster.child.process.kill('SIGKILL')
      for (const server of servers) server.kill()
    }
  },
}

const configFor = (urls: readonly string[]) => ({
  providers: Object.fromEntries(urls.map((url, at) => [`gpu${at}`, { type: 'vllm', endpoints: [url] }])),
  models: Object.fromEntries(MODELS.map((model, at) => [model, `gpu${at}/${model}`])),
})

/** Replaces each of `crews` again and again; the number of times. */
async function restartInTurn(crews: Cluster[], ports: readonly number[], config: object): Promise<number> {
  const endMs = performance.now() + SECONDS * 1000
  let restarts = 0
  for (let at = 0; performance.now() < endMs; at = (at + 1) % crews.length) {
    const leaving = crews[at]!
    leaving.child.process.kill('SIGTERM')
    await leaving.child.process.exited
    crews[at] = await startCluster({ config, workers: 2, environment: { SERVER_PORT: String(ports[at]) } })
    restarts++
  }
  return restarts
}

function startClients({ url }: Balancer): { stop(): Promise<Counts> } {
  const counts: Counts = { calls: 0, exact: 0, retried: 0, broken: 0, others: [] }
  let isOver = false
  async function run(client: Client, at: number): Promise<void> {
    for (const call of callsOf(1, at, MODELS)) {
      if (isOver) return client.close()
      const stays = { ...call, leavesAfterMs: undefined }
      count(stays, await patiently(client, stays, counts), counts)
      await Bun.sleep(call.pauseMs)
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

/** As clients do: again where the connection broke before anything had come. */
async function patiently(client: Client, call: ChatCall, counts: Counts): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await client.ask(call)
    if (outcome.ending !== 'broken' || outcome.status !== 0 || tries === MOST_TRIES) return outcome
    counts.retried++
  }
}

function count(call: ChatCall, outcome: Outcome, counts: Counts): void {
  const verdict = judge(call, outcome)
  counts.calls++
  if (verdict.type === 'exact') counts.exact++
  else if (verdict.type === 'beginning') counts.broken++
  else counts.others.push(JSON.stringify(verdict))
}
