// Who stands between the load and the upstream: the gateway, nginx, bare relays in Bun, or nobody.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_HTTP_REQUESTS, freePort, spawnQuiet, spawnServer, untilReady } from './processes.ts'
import type { Child } from './processes.ts'

const ROOT = join(import.meta.dir, '..')
const KEY = 'sk-bench'

/** `same language`: the gateway where it has nothing to translate. */
export type BaselineName =
  | 'gateway'
  | 'same language'
  | 'nginx'
  | 'relay json'
  | 'relay bytes'
  | 'relay stream'
  | 'direct'

export interface Baseline {
  readonly name: BaselineName
  readonly port: number
  /** The process to watch; none when the call goes to the upstream itself. */
  readonly pid: number | undefined
  stop(): Promise<void>
}

export interface Surroundings {
  /** A folder for configuration and logs, gone after the run. */
  readonly folder: string
  readonly upstreamPort: number
  /** The kind of provider that the gateway takes the upstream for. */
  readonly providerType?: 'vllm' | 'anthropic'
  /** What starts the gateway, when it is not the one of this checkout. */
  readonly gatewayCommand?: readonly string[]
}

/** Call and key that every rival accepts. */
export const CALL = { path: '/v1/chat/completions', model: 'bench-model', key: KEY } as const

/** Why a rival cannot take part; undefined when it can. */
export function absence(name: BaselineName, { gatewayCommand }: Surroundings): string | undefined {
  if ((name === 'gateway' || name === 'same language') && !gatewayCommand && !existsSync(join(ROOT, 'src/main.ts')))
    return 'src/main.ts is not here'
  if (name === 'nginx' && nginxPath() === undefined) return 'nginx is not installed (apt-get install nginx-light)'
  return undefined
}

/** Starts a rival in front of the upstream and waits until it has answered one call. */
export async function startBaseline(name: BaselineName, around: Surroundings): Promise<Baseline> {
  if (name === 'direct') return { name, port: around.upstreamPort, pid: undefined, stop: async () => undefined }
  const started = await START[name](around)
  try {
    await untilReady(started, `http://127.0.0.1:${started.port}${CALL.path}`, firstCall())
  } catch (thrown) {
    await started.stop()
    throw new Error(`${name}: ${(thrown as Error).message}${lastWords(name, around)}`, { cause: thrown })
  }
  return { name, ...started }
}

const logsIn = (folder: string) => [join(folder, 'gateway.log'), join(folder, 'gateway-errors.log')] as const

/** The end of what the gateway said, which is gone after the run. */
function lastWords(name: BaselineName, { folder }: Surroundings): string {
  if (name !== 'gateway') return ''
  const logs = logsIn(folder).filter((log) => existsSync(log))
  return logs.map((log) => `\n${readFileSync(log, 'utf8').trimEnd().split('\n').slice(-5).join('\n')}`).join('')
}

type Started = Child & { readonly port: number }

const relay = (variant: string) => (around: Surroundings) =>
  spawnServer([process.execPath, join(import.meta.dir, 'relay.ts'), variant, `http://127.0.0.1:${around.upstreamPort}`])

const START: Readonly<Record<Exclude<BaselineName, 'direct'>, (around: Surroundings) => Promise<Started>>> = {
  gateway: startGateway,
  'same language': (around) => startGateway({ ...around, providerType: 'vllm' }),
  nginx: startNginx,
  'relay json': relay('json'),
  'relay bytes': relay('bytes'),
  'relay stream': relay('stream'),
}

export const startUpstream = () => spawnServer([process.execPath, join(import.meta.dir, 'upstream.ts')])

function firstCall(): RequestInit {
  const body = JSON.stringify({ model: CALL.model, messages: [{ role: 'user', content: 'hello' }] })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` }
  return { method: 'POST', headers, body }
}

async function startGateway({
  folder,
  upstreamPort,
  gatewayCommand,
  providerType = 'vllm',
}: Surroundings): Promise<Started> {
  const port = freePort()
  const config = join(folder, `sluice-${port}.yaml`)
  writeFileSync(config, gatewayConfig(upstreamPort, providerType))
  const [stdout, stderr] = logsIn(folder)
  // Bun would write over the start of an older log and leave the rest of it.
  for (const log of [stdout, stderr]) rmSync(log, { force: true })
  const command = gatewayCommand ?? [process.execPath, join(ROOT, 'src/main.ts')]
  const child = spawnQuiet([...command, 'serve', '--config', config], {
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

async function startNginx({ folder, upstreamPort }: Surroundings): Promise<Started> {
  const port = freePort()
  const config = join(folder, 'nginx.conf')
  writeFileSync(config, nginxConfig(folder, port, upstreamPort))
  const child = spawnQuiet([nginxPath()!, '-c', config, '-p', folder, '-e', join(folder, 'nginx-error.log')])
  return { ...child, port }
}

/** As a careful operator would have it: connections kept on both sides, bodies held in memory, streams not held back. */
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
