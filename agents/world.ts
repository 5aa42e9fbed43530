// A gateway in front of strict simulators that play one script.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Script } from '../src/sim/plan/script.ts'
import { createSimServer, type SimServer } from '../src/sim/server.ts'
import { KEY, startGateway } from '../test/gateway.ts'
import type { Upstream } from './upstreams.ts'

/** The names under which the gateway offers the model. Codex offers its freeform tools to models that it knows by name. */
export const MODEL = 'house-model'
export const CODEX_MODEL = 'gpt-5.5'

export interface World {
  readonly url: string
  readonly key: string
  readonly servers: readonly SimServer[]
  /** What the upstreams refused, each with the upstream's name. */
  rejections(): readonly string[]
  stop(): Promise<void>
}

/** The first upstream serves the model, the others are its fallbacks. `traceFolder`: writes every upstream request there. */
export async function startWorld(
  upstreams: readonly Upstream[],
  scripts: readonly Script[],
  traceFolder?: string,
): Promise<World> {
  const servers = await Promise.all(
    upstreams.map(({ model, window, strict, ...upstream }, at) =>
      createSimServer({
        speed: 0,
        model,
        strict,
        scripts,
        seed: at + 1,
        maxModelTokens: window,
        ...(upstream.format && { format: upstream.format }),
      }),
    ),
  )
  const proxies =
    traceFolder === undefined ? [] : servers.map(({ url }, at) => startTrace(url, traceFolder, upstreams[at]!.name))
  const urls = servers.map(({ url }, at) => proxies[at]?.url ?? url)
  const gateway = await startGateway({
    providers: Object.fromEntries(upstreams.map(({ name, provider }, at) => [name, provider(urls[at]!)])),
    models: modelsOf(upstreams),
  })
  return {
    url: gateway.url,
    key: KEY,
    servers,
    rejections: () =>
      servers.flatMap(({ rejections }, at) =>
        rejections.list().map(({ status, path, message }) => `${upstreams[at]!.name} ${status} ${path}: ${message}`),
      ),
    async stop() {
      await gateway.stop()
      for (const server of servers) server.stop()
      for (const proxy of proxies) proxy.stop()
    },
  }
}

/** Every name has the first upstream as its target, and the others as fallbacks. */
function modelsOf([first, ...others]: readonly Upstream[]): object {
  const fallbacks = others.map(({ name }) => `fallback-${name}`)
  const offered = [MODEL, CODEX_MODEL].map((name) => [name, { targets: [targetOf(first!)], fallbacks }])
  const rest = others.map((upstream) => [`fallback-${upstream.name}`, { targets: [targetOf(upstream)] }])
  return Object.fromEntries([...offered, ...rest])
}

const targetOf = ({ name, model }: Upstream): string => `${name}/${model}`

/** Forwards to a server and writes each request body into a file. */
function startTrace(target: string, folder: string, name: string) {
  let count = 0
  const proxy = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const body = await request.text()
      const file = join(folder, `${name}-${String(++count).padStart(2, '0')}.json`)
      writeFileSync(file, `${pathname}\n${body}\n`)
      const response = await fetch(target + pathname + search, {
        method: request.method,
        headers: request.headers,
        body: body || null,
      })
      if (!response.ok) writeFileSync(`${file}.error`, await response.clone().text())
      return response
    },
  })
  return { url: `http://127.0.0.1:${proxy.port}`, stop: () => void proxy.stop(true) }
}
