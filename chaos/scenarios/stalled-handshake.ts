// A server behind TLS that stops to answer handshakes, beside a good one.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { createCertificate } from '../../test/certificate.ts'
import { startCluster } from '../../test/cluster.ts'
import { startSim } from '../sim-server.ts'
import { countVerdicts, type Ended, openStreams } from '../streams.ts'
import type { Scenario } from './scenario.ts'

const STREAMS = 100
const TOKENS = 30
const SPEED = 0.2
const ROUNDS = 3

export const stalledHandshake: Scenario = {
  title: `one of two servers stalls its TLS handshakes, ${ROUNDS} times, ${STREAMS} streams each time and after it`,
  async run() {
    const servers = await Promise.all([startSim('sim-1b', SPEED), startSim('sim-1b', SPEED)])
    const front = await startTlsFront(Number(new URL(servers[0].url).port))
    const timeouts = { connect: '500ms', firstEvent: '60s', total: '60s' }
    const endpoints = [`https://localhost:${front.port}`, servers[1].url]
    const config = {
      providers: {
        gpu: { type: 'vllm', endpoints, timeouts, health: { interval: '500ms', timeout: '400ms', cooldown: '1s' } },
      },
      models: { 'sim-1b': { targets: ['gpu/sim-1b'], policy: 'round_robin', retries: 3 } },
    }
    const cluster = await startCluster({ config, workers: 2, environment: { NODE_EXTRA_CA_CERTS: front.caFile } })
    try {
      const ended: Ended[] = [...(await openStreams(cluster.url, STREAMS, TOKENS).ended)]
      const byTls = front.connections()
      for (let round = 0; round < ROUNDS; round++) {
        front.stall()
        ended.push(...(await openStreams(cluster.url, STREAMS, TOKENS).ended))
        front.resume()
        ended.push(...(await openStreams(cluster.url, STREAMS, TOKENS).ended))
      }
      const { exact, error, incomplete, wrong } = countVerdicts(ended)
      return {
        rows: [
          ['streams', ended.length],
          ['TLS connections before the first stall', byTls],
          ['stalled handshakes', front.stalled()],
          ['exact', exact],
          ['ended with an error', error],
          ['broken connections', incomplete],
          ['wrong responses', wrong],
        ],
        holds: exact === ended.length && byTls > 0 && front.stalled() > 0,
      }
    } finally {
      cluster.child.process.kill('SIGKILL')
      for (const server of servers) server.kill()
      front.stop()
    }
  },
}

interface TlsFront {
  readonly port: number
  /** The certificate, for clients that trust it. */
  readonly caFile: string
  connections(): number
  stalled(): number
  /** Accepts connections and sends nothing on new ones; the open ones are closed. */
  stall(): void
  resume(): void
  stop(): void
}

/** Terminates TLS in front of a server. */
async function startTlsFront(serverPort: number): Promise<TlsFront> {
  const certificate = createCertificate()
  const caFile = join(mkdtempSync(join(tmpdir(), 'sluice-ca-')), 'ca.pem')
  writeFileSync(caFile, certificate.cert)
  const inner = createTlsServer(certificate, (socket) => {
    const upstream = connect(serverPort, '127.0.0.1')
    for (const each of [socket, upstream]) each.on('error', () => {})
    socket.pipe(upstream).pipe(socket)
    socket.on('close', () => upstream.destroy())
    upstream.on('close', () => socket.destroy())
  }).on('tlsClientError', () => {})
  const innerPort = await portOf(inner)
  const counts = { connections: 0, stalled: 0 }
  const open = new Set<Socket>()
  let isStalled = false
  const outer = createServer((socket) => {
    counts[isStalled ? 'stalled' : 'connections']++
    open.add(socket)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    if (isStalled) return void socket.resume()
    const through = connect(innerPort, '127.0.0.1').on('error', () => {})
    socket.pipe(through).pipe(socket)
  })
  const closeAll = () => open.forEach((socket) => socket.destroy())
  const port = await portOf(outer)
  return {
    port,
    caFile,
    connections: () => counts.connections,
    stalled: () => counts.stalled,
    stall() {
      isStalled = true
      closeAll()
    },
    resume() {
      isStalled = false
      closeAll()
    },
    stop() {
      closeAll()
      outer.close()
      inner.close()
    },
  }
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}
