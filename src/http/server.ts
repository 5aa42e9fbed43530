import type { Server } from 'bun'
import { asGatewayError, GatewayError } from '../errors.ts'
import { errorAnswer } from './answers.ts'
import { pathOf, requestIdOf } from './request-facts.ts'

export type Handler = (request: Request) => Response | Promise<Response>

/** Our own places, by exact path or by what comes before its `*`, and then by method. Everything else is a call. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Whether other processes listen on this port too; the kernel deals out the connections. */
  readonly reusePort?: boolean
  readonly routes: Routes
  readonly fallback: (request: Request, path: string) => Response | Promise<Response>
  readonly onError: (error: Error) => void
  /** While true, every answer is the last of its connection, so that clients move to another process. */
  readonly isDraining?: () => boolean
}

/** Longer than the idle time of the usual load balancers, so that it is they who close idle connections. */
const IDLE_SECONDS = 120

/** Listens. Throws Error with a message for people when the port cannot be had. */
export function listen(options: ListenOptions): Server<undefined> {
  const routes = new Map(Object.entries(options.routes))
  const below = [...routes].flatMap(([path, methods]) =>
    path.endsWith('/*') ? [[path.slice(0, -1), methods] as const] : [],
  )
  const { isDraining = () => false } = options
  try {
    return Bun.serve({
      hostname: options.host,
      port: options.port,
      reusePort: options.reusePort ?? false,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER, // counted where the configured limit is known and can be explained
      async fetch(request, server) {
        const path = pathOf(request.url)
        const own = routes.get(path) ?? below.find(([start]) => path.startsWith(start))?.[1]
        if (!own) server.timeout(request, 0) // a model may think for minutes; the attempt has a clock of its own
        const response = await (own ? answerOwn(own, request, path) : options.fallback(request, path))
        if (isDraining()) response.headers.set('connection', 'close')
        return response
      },
      error(thrown) {
        options.onError(thrown)
        return errorAnswer(asGatewayError(thrown), crypto.randomUUID())
      },
    })
  } catch (thrown) {
    throw explained(thrown, options)
  }
}

async function answerOwn(
  methods: Readonly<Record<string, Handler>>,
  request: Request,
  path: string,
): Promise<Response> {
  const handler = methods[request.method] ?? (request.method === 'HEAD' ? methods['GET'] : undefined)
  const allow = Object.keys(methods).join(', ')
  try {
    if (!handler)
      throw new GatewayError('method_not_allowed', `${request.method} does not work at ${path}: use ${allow}.`, {
        headers: { allow },
      })
    return await handler(request)
  } catch (thrown) {
    return errorAnswer(asGatewayError(thrown), requestIdOf(request))
  }
}

function explained(thrown: unknown, { host, port }: ListenOptions): Error {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'EADDRINUSE')
    return new Error(`Port ${port} is taken by another program. Choose another with SERVER_PORT or METRICS_PORT.`, {
      cause: thrown,
    })
  if (code === 'EACCES')
    return new Error(`Port ${port} may not be opened by this user. Ports from 1024 on need no special right.`, {
      cause: thrown,
    })
  return new Error(`Cannot listen on ${host}:${port}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
    cause: thrown,
  })
}
