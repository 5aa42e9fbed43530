// A complete gateway in this process, behind real sockets, in front of simulated inference servers.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type RunningGateway, startInProcess } from '../src/runtime/runtime.ts'

export const KEY = 'sk-test-master'

export interface TestGateway extends RunningGateway {
  readonly configFile: string
  /** Replaces the file. The gateway reloads it by itself, or on `reload('admin')`. */
  write(config: object | string): void
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  get(path: string): Promise<Response>
  metrics(): Promise<string>
}

/** Starts a gateway on free ports, with a configuration as data or as text. */
export async function startGateway(
  config: object | string,
  environment: Record<string, string> = {},
): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  const configFile = join(folder, 'sluice.yaml')
  const write = (next: object | string) => writeFileSync(configFile, typeof next === 'string' ? next : stringify(next))
  write(config)
  const service = await startInProcess({
    version: 'test',
    configFlag: configFile,
    simulates: false,
    environment: {
      SERVER_HOST: '127.0.0.1',
      SERVER_PORT: '0',
      METRICS_PORT: '0',
      SLUICE_MASTER_KEY: KEY,
      LOG_LEVEL: 'silent',
      ...environment,
    },
  })
  const authorization = `Bearer ${KEY}`
  return {
    ...service,
    configFile,
    write,
    post: (path, body, headers = {}) =>
      fetch(service.url + path, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
      }),
    get: (path) => fetch(service.url + path, { headers: { authorization } }),
    metrics: async () => (await fetch(service.metricsUrl)).text(),
    async stop() {
      await service.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A configuration with one model on these servers. */
export const oneModel = (urls: readonly string[], model: object = {}, provider: object = {}) => ({
  providers: { gpu: { type: 'vllm', endpoints: urls, ...provider } },
  models: { 'sim-1b': { targets: ['gpu/sim-1b'], ...model } },
})

export const chat = (content: string, more: object = {}) => ({
  model: 'sim-1b',
  messages: [{ role: 'user', content }],
  ...more,
})

/** The value of one series of a metrics text; 0 if it is absent. */
export function series(metrics: string, name: string): number {
  const line = metrics.split('\n').find((each) => each.startsWith(`${name} `))
  return line === undefined ? 0 : Number(line.slice(name.length + 1))
}

/** The `data` of every event of a stream. */
export async function readEvents(response: Response): Promise<string[]> {
  return (await response.text())
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice(6))
}

/** The text of all chunks of a chat stream. */
export const textOfEvents = (events: readonly string[]): string =>
  events
    .filter((data) => data !== '[DONE]')
    .map(
      (data) =>
        (JSON.parse(data) as { choices?: { delta?: { content?: string } }[] }).choices?.[0]?.delta?.content ?? '',
    )
    .join('')

/** Waits until `check` holds, looking every few milliseconds; fails after `timeoutMs`, far more than a busy machine takes. */
export async function eventually(check: () => boolean | Promise<boolean>, timeoutMs = 40_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${check.toString()}`)
    await Bun.sleep(5)
  }
}

/** Waits until a count that grows has grown no more for a while: everything between two sockets that can be full is full. */
export async function standsStill(count: () => number): Promise<void> {
  let before = Number.NaN
  await eventually(async () => {
    const isStill = count() === before
    before = count()
    if (!isStill) await Bun.sleep(300)
    return isStill
  })
}

/** All items through `run`, some at a time: client, gateway and upstream share one process and its sockets here. */
export async function inBatches<T, R>(items: readonly T[], run: (item: T) => Promise<R>, size = 32): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += size)
    results.push(...(await Promise.all(items.slice(at, at + size).map(run))))
  return results
}
