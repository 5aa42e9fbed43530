// A gateway with several worker processes, and the connections that each of them holds.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild, urlIn } from './child.ts'
import { KEY } from './gateway.ts'

export interface Cluster {
  readonly child: Child
  readonly url: string
  /** Replaces the configuration file with text, or with data and changes in `server`. Does not trigger a reload. */
  configure(next: object | string, server?: object): void
  readonly pids: () => number[]
  metrics(): Promise<string>
}

export interface ClusterOptions {
  readonly config: object
  readonly workers?: number
  /** More settings of the section `server`. */
  readonly server?: object
  readonly environment?: Record<string, string>
  readonly command?: readonly string[]
}

/** Starts a gateway with several workers on free ports. Resolves when it is ready. */
export async function startCluster({
  config,
  workers = 4,
  server: more = {},
  environment = {},
  command,
}: ClusterOptions): Promise<Cluster> {
  const configFile = join(mkdtempSync(join(tmpdir(), 'sluice-cluster-')), 'sluice.yaml')
  const write = (text: string) => writeFileSync(configFile, text)
  const server = { host: '127.0.0.1', port: 0, metricsPort: 0, workers, ...more }
  const textOf = (next: object, changed: object = {}) => JSON.stringify({ ...next, server: { ...server, ...changed } })
  write(textOf(config))
  const variables = { SLUICE_MASTER_KEY: KEY, LOG_LEVEL: 'warn', ...environment }
  const child = await startChild(['serve', '--config', configFile], /Try it:[\s\S]*messages/, variables, command)
  const metricsUrl = urlIn(child.output(), /Metrics +(http:\S+)/)
  return {
    child,
    url: urlIn(child.output(), /API +(http:\S+)/),
    configure: (next, changed) => write(typeof next === 'string' ? next : textOf(next, changed)),
    pids: () => childrenOf(child.process.pid),
    metrics: async () => (await fetch(metricsUrl)).text(),
  }
}

/** Empty for a process that has just ended: a periodic check can run at that moment. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** The clients' ports of the connections to `serverPort` that a process holds. */
export function clientPortsOf(pid: number, serverPort: number): ReadonlySet<number> {
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)))
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1, -1)
  const portOf = (address: string) => Number.parseInt(address.split(':')[1]!, 16)
  return new Set(
    rows
      .map((row) => row.trim().split(/\s+/))
      .filter(([, local, , , , , , , , inode]) => portOf(local!) === serverPort && sockets.has(`socket:[${inode}]`))
      .map(([, , remote]) => portOf(remote!)),
  )
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // closed between the listing and now
  }
}

export interface ClusterResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface SentRequest {
  /** The client's port, once it is connected. */
  port: number
  /** Whether a part of the response body has arrived. */
  hasBegun: boolean
  /** Rejects when the connection breaks. */
  readonly answer: Promise<ClusterResponse>
}

/** One request on a new connection, which the kernel assigns to any worker. */
export function sendOnNewConnection(url: string, body?: object, headers: Record<string, string> = {}): SentRequest {
  const { promise, resolve, reject } = Promise.withResolvers<ClusterResponse>()
  promise.catch(() => {}) // no unhandled rejection if nothing awaits it yet
  const sent: SentRequest = { port: 0, hasBegun: false, answer: promise }
  const outgoing = request(url, {
    method: body === undefined ? 'GET' : 'POST',
    agent: false,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
  })
  outgoing.on('socket', (socket) => socket.on('connect', () => (sent.port = socket.localPort!)))
  outgoing.on('error', reject)
  outgoing.on('response', (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (part: string) => {
      sent.hasBegun = true
      text += part
    })
    response.on('error', reject)
    response.on('aborted', () => reject(new Error('cut in the middle')))
    response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
  })
  outgoing.end(body && JSON.stringify(body))
  return sent
}
