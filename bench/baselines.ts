// The servers between the load and the upstream: the gateway, nginx, bare relays in Bun, or none (`direct`).
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_HTTP_REQUESTS, freePort, spawnQuiet, spawnServer, untilReady } from './processes.ts'
import type { Child } from './processes.ts'

const ROOT = join(import.meta.dir, '..')
const KEY = 'sk-bench'

/** `same format`: the gateway without translation. */
export type BaselineName =
  | 'gateway'
  | 'same format'
  | 'nginx'
  | 'relay json'
  | 'relay bytes'
  | 'relay stream'
  | 'direct'

export interface Baseline {
  readonly name: BaselineName
  readonly port: number
  /** The process to measure; undefined if requests go directly to the upstream. */
  readonly pid: number | undefined
  stop(): Promise<void>
}

export interface BenchEnvironment {
  /** A folder for configuration and logs, removed after the run. */
  readonly folder: string
  readonly upstreamPort: number
  /** The provider type of the upstream in the gateway's configuration. */
  readonly providerType?: 'vllm' | 'anthropic'
  /** The processor core on which the baselines run; undefined: on any. */
  readonly core?: number
  /** The command that starts the gateway; default: the gateway of this checkout. */
  readonly gatewayCommand?: readonly string[]
}

/** A request and a key that every baseline accepts. */
export const CALL = { path: '/v1/chat/completions', model: 'bench-model', key: KEY } as const

/** Why a baseline cannot run on this machine; undefined if it can. */
export function whyUnavailable(name: BaselineName, { gatewayCommand, core }: BenchEnvironment): string | undefined {
  if ((name === 'gateway' || name === 'same format') && !gatewayCommand && !existsSync(join(ROOT, 'src/main.ts')))
    return 'src/main.ts does not exist'
  if (name === 'nginx' && nginxPath() === undefined) return 'nginx is not installed (apt-get install nginx-light)'
  if (core !== undefined && !Bun.which('taskset')) return 'taskset is not installed (apt-get install util-linux)'
  return undefined
}

/** The command, on the core of the environment. */
const onCore = ({ core }: BenchEnvironment, command: readonly string[]): readonly string[] =>
  core === undefined ? command : ['taskset', '-c', String(core), ...command]

/** Starts a baseline in front of the upstream and waits until it has responded to one request. */
export async function startBaseline(name: BaselineName, environment: BenchEnvironment): Promise<Baseline> {
  if (name === 'direct') return { name, port: environment.upstreamPort, pid: undefined, stop: async () => undefined }
  const started = await START[name](environment)
  try {
    await untilReady(started, `http://127.0.0.1:${started.port}${CALL.path}`, firstRequest())
  } catch (thrown) {
    await started.stop()
    throw new Error(`${name}: ${(thrown as Error).message}${logTail(name, environment)}`, { cause: thrown })
  }
  return { name, ...started }
}

const logsIn = (folder: string) => [join(folder, 'gateway.log'), join(folder, 'gateway-errors.log')] as const

/** The last lines of the gateway's logs, which are removed after the run. */
function logTail(name: BaselineName, { folder }: BenchEnvironment): string {
  if (name !== 'gateway') return ''
  const logs = logsIn(folder).filter((log) => existsSync(log))
  return logs.map((log) => `\n${readFileSync(log, 'utf8').trimEnd().split('\n').slice(-5).join('\n')}`).join('')
}

type Started = Child & { readonly port: number }

const relay = (variant: string) => (environment: BenchEnvironment) =>
  spawnServer(
    onCore(environment, [
      process.execPath,
      join(import.meta.dir, 'relay.ts'),
      variant,
      `http://127.0.0.1:${environment.upstreamPort}`,
    ]),
  )

const START: Readonly<Record<Exclude<BaselineName, 'direct'>, (environment: BenchEnvironment) => Promise<Started>>> = {
  gateway: startGateway,
  'same format': (environment) => startGateway({ ...environment, providerType: 'vllm' }),
  nginx: startNginx,
  'relay json': relay('json'),
  'relay bytes': relay('bytes'),
  'relay stream': relay('stream'),
}

export const startUpstream = () => spawnServer([process.execPath, join(import.meta.dir, 'upstream.ts')])

function firstRequest(): RequestInit {
  const body = JSON.stringify({ model: CALL.model, messages: [{ role: 'user', content: 'hello' }] })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` }
  return { method: 'POST', headers, body }
}

async function startGateway(environment: BenchEnvironment): Promise<Started> {
  const { folder, upstreamPort, gatewayCommand, providerType = 'vllm' } = environment
  const port = freePort()
  const config = join(folder, `sluice-${port}.yaml`)
  writeFileSync(config, gatewayConfig(upstreamPort, providerType))
  const [stdout, stderr] = logsIn(folder)
  // Bun would overwrite the start of an older log and keep the rest of it.
  for (const log of [stdout, stderr]) rmSync(log, { force: true })
  const command = gatewayCommand ?? [process.execPath, join(ROOT, 'src/main.ts')]
  const child = spawnQuiet(onCore(environment, [...command, 'serve', '--config', config]), {
    stdout,
    stderr,
    env: {
      SERVER_PORT: String(port),
      METRICS_PORT: String(freePort()),
      SLUICE_MASTER_KEY: KEY,
      SLUICE_DATA: join(folder, 'data'),
      LOG_LEVEL: 'info',
      BUN_CONFIG_MAX_HTTP_REQUESTS: MAX_HTTP_REQUESTS,
    },
  })
  return { ...child, port }
}

const gatewayConfig = (upstreamPort: number, type: string) => `server: { host: 127.0.0.1 }
providers:
  up: { type: ${type}, endpoints: [http://127.0.0.1:${upstreamPort}/v1] }
models:
  ${CALL.model}: { targets: [{ provider: up, model: upstream-model }], policy: round_robin }
`

const nginxPath = () => Bun.which('nginx') ?? (existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : undefined)

async function startNginx(environment: BenchEnvironment): Promise<Started> {
  const { folder, upstreamPort } = environment
  const port = freePort()
  const config = join(folder, 'nginx.conf')
  writeFileSync(config, nginxConfig(folder, port, upstreamPort))
  const child = spawnQuiet(
    onCore(environment, [nginxPath()!, '-c', config, '-p', folder, '-e', join(folder, 'nginx-error.log')]),
  )
  return { ...child, port }
}

/** A careful production setup: persistent connections on both sides, bodies in memory, streams not buffered. */
const nginxConfig = (folder: string, port: number, upstreamPort: number) => `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx-error.log warn;
events { worker_connections 8192; }
http {
  access_log ${folder}/nginx-access.log combined;
  client_body_temp_path ${folder}/nginx-body;
  proxy_temp_path ${folder}/nginx-proxy;
  fastcgi_temp_path ${folder}/nginx-fastcgi;
  uwsgi_temp_path ${folder}/nginx-uwsgi;
  scgi_temp_path ${folder}/nginx-scgi;
  client_max_body_size 64m;
  client_body_buffer_size 2m;
  keepalive_requests 1000000000;
  upstream up {
    server 127.0.0.1:${upstreamPort};
    keepalive 256;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://up;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`
