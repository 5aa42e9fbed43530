import type { Server } from 'bun'
import { asGatewayError, GatewayError } from '../errors.ts'
import { corsFor, type Edge, PLAIN_EDGE } from './edge.ts'
import { errorResponse } from './responses.ts'
import { pathOf, requestIdOf } from './request-facts.ts'
import { checkTarget } from './target.ts'

export type Handler = (request: Request) => Response | Promise<Response>

/** Allows or forbids that a connection stays idle for longer than IDLE_SECONDS once its response has begun. */
export type AllowIdle = (allowed: boolean) => void

/** Sluice's own paths, exact or with a `*` at the end, and then by method. Everything else is a call. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Whether other processes listen on this port too; the kernel distributes the connections. */
  readonly reusePort?: boolean
  readonly routes: Routes
  readonly fallback: (request: Request, path: string, allowIdle: AllowIdle) => Response | Promise<Response>
  readonly onError: (error: Error) => void
  /** While true, every response closes its connection, so that clients connect to another process. */
  readonly isDraining?: () => boolean
  /** Read at each request, because a reload can change it. */
  readonly edge?: () => Edge
  /** Shorter in tests. */
  readonly idleSeconds?: number
}

/**
 * Longer than the idle timeout of common load balancers, so that they close idle connections first. The runtime does not count
 * the time until the response begins. A request whose head has not arrived by then is aborted.
 */
const IDLE_SECONDS = 120

/** Listens. Throws Error with a readable message if the port cannot be opened. */
export function listen(options: ListenOptions): Server<undefined> {
  const routes = new Map(Object.entries(options.routes))
  const below = [...routes].flatMap(([path, methods]) =>
    path.endsWith('/*') ? [[path.slice(0, -1), methods] as const] : [],
  )
  const { isDraining = () => false, edge = () => PLAIN_EDGE, idleSeconds = IDLE_SECONDS } = options
  function respond(request: Request, path: string, server: Server<undefined>): Response | Promise<Response> {
    checkTarget(request)
    const own = routes.get(path) ?? below.find(([start]) => path.startsWith(start))?.[1]
    if (own) return respondOwn(own, request, path)
    return options.fallback(request, path, (allowed) => server.timeout(request, allowed ? 0 : idleSeconds))
  }
  /** An error becomes a response here, so that it gets the headers of every response. */
  async function respondOrExplain(request: Request, path: string, server: Server<undefined>): Promise<Response> {
    try {
      return await respond(request, path, server)
    } catch (thrown) {
      return explain(thrown)
    }
  }
  function explain(thrown: unknown): Response {
    const error = asGatewayError(thrown)
    if (error.code === 'internal') options.onError(thrown instanceof Error ? thrown : error)
    return errorResponse(error, crypto.randomUUID())
  }
  try {
    return Bun.serve({
      hostname: options.host,
      port: options.port,
      reusePort: options.reusePort ?? false,
      idleTimeout: idleSeconds,
      development: false, // it would print every aborted response, with source code
      maxRequestBodySize: Number.MAX_SAFE_INTEGER, // checked where the configured limit is known and can be explained
      async fetch(request, server) {
        const path = pathOf(request.url)
        const cors = corsFor(edge(), path)
        const preflight = cors?.preflight(request)
        const response = preflight ?? (await respondOrExplain(request, path, server))
        if (!preflight) cors?.expose(request, response)
        if (isDraining()) response.headers.set('connection', 'close')
        return response
      },
      error: explain,
    })
  } catch (thrown) {
    throw explained(thrown, options)
  }
}

async function respondOwn(
  methods: Readonly<Record<string, Handler>>,
  request: Request,
  path: string,
): Promise<Response> {
  const handler = methods[request.method] ?? (request.method === 'HEAD' ? methods['GET'] : undefined)
  const allow = Object.keys(methods).join(', ')
  try {
    if (!handler)
      throw new GatewayError('method_not_allowed', `${request.method} is not supported at ${path}: use ${allow}.`, {
        headers: { allow },
      })
    return await handler(request)
  } catch (thrown) {
    return errorResponse(asGatewayError(thrown), requestIdOf(request))
  }
}

function explained(thrown: unknown, { host, port }: ListenOptions): Error {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'EADDRINUSE')
    return new Error(`Port ${port} is in use by another program. Choose another with SERVER_PORT or METRICS_PORT.`, {
      cause: thrown,
    })
  if (code === 'EACCES')
    return new Error(
      `This user is not permitted to open port ${port}. Ports from 1024 on need no special permission.`,
      {
        cause: thrown,
      },
    )
  return new Error(`Cannot listen on ${host}:${port}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
    cause: thrown,
  })
}
