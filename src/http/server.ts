import type { Server } from 'bun'
import type { Client, Payload } from '../pipeline/call/arrival.ts'
import type { EncodeStream } from '../pipeline/call/stream-encoding.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import { withoutBasePath } from './base-path.ts'
import { type Edge, isForPages, PLAIN_EDGE } from './edge.ts'
import { withOneLeadingSlash } from './leading-slashes.ts'
import { listenError } from './listen-error.ts'
import { errorResponse } from './responses.ts'
import { pathOf, requestIdOf } from './request-facts.ts'
import { checkTarget } from './target.ts'
import type { TlsConfig } from './tls-config.ts'
import type { UnixConfig } from './unix-config.ts'
import { withMode } from './unix-socket.ts'
import { tlsOptions } from './tls.ts'

/** A `Request` is one. */
export type IncomingRequest = Client & Payload

export type Handler = (request: IncomingRequest) => Response | Promise<Response>

/** The client's connection. */
export interface Connection {
  /** Allows or forbids that it stays idle for longer than `idleMs` once its response has begun. */
  readonly allowIdle: (allowed: boolean) => void
  /** Undefined unless the configuration asks for it. */
  readonly clientAddress: string | undefined
  /** Undefined unless the configuration asks for it. */
  readonly encodeStream?: EncodeStream | undefined
}

/** Sluice's own paths, exact or with a `*` at the end, and then by method. Everything else is a call. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Whether other processes listen on this port too; the kernel distributes the connections. */
  readonly reusePort?: boolean
  readonly routes: Routes
  readonly fallback: (request: IncomingRequest, path: string, connection: Connection) => Response | Promise<Response>
  readonly onError: (error: Error) => void
  /** While true, every response closes its connection, so that clients connect to another process. */
  readonly isDraining?: () => boolean
  /** Read at each request, because a reload can change it. */
  readonly edge?: () => Edge
  /** How long a connection stays open without a request, in whole seconds at least; 0: until the client closes it. */
  readonly idleMs: number
  readonly tls?: TlsConfig | undefined
  /** HTTP/2 beside HTTP/1.1. */
  readonly http2?: boolean
  /** A Unix socket instead of host and port. */
  readonly unix?: UnixConfig | undefined
}

/** Listens. Throws Error with a readable message if the port cannot be opened. */
export function listen(options: ListenOptions): Server<undefined> {
  const routes = new Map(Object.entries(options.routes))
  const below = subtreesOf(options.routes)
  const { isDraining = () => false, edge = () => PLAIN_EDGE } = options
  const idleSeconds = Math.ceil(options.idleMs / 1000)
  function respond(request: IncomingRequest, path: string, connection: Connection): Response | Promise<Response> {
    checkTarget(request)
    const own = routes.get(path) ?? below.find(({ start }) => path.startsWith(start))?.methods
    return own ? respondOwn(own, request, path) : options.fallback(request, path, connection)
  }
  function explain(thrown: unknown): Response {
    const error = asGatewayError(thrown)
    if (error.code === 'internal') options.onError(thrown instanceof Error ? thrown : error)
    return errorResponse(error, crypto.randomUUID())
  }
  try {
    const open = () =>
      Bun.serve({
        ...addressOf(options),
        ...(options.tls && { tls: tlsOptions(options.tls) }),
        idleTimeout: idleSeconds, // does not count the time until the response begins; a first head has 10 s at most
        development: false, // it would print every aborted response, with source code
        maxRequestBodySize: Number.MAX_SAFE_INTEGER, // checked where the configured limit is known and can be explained
        async fetch(request, server) {
          const { basePath, cors, compress, encodeStreamFor, clientAddress } = edge()
          const tidy = withOneLeadingSlash(request)
          const incoming = basePath === undefined ? tidy : withOneLeadingSlash(withoutBasePath(tidy, basePath))
          const path = pathOf(incoming.url)
          const pages = cors && isForPages(path) ? cors : undefined
          const preflight = pages?.preflight(request)
          let isStream = false
          const connection: Connection = {
            allowIdle(allowed) {
              isStream = true // only streams may pause
              server.timeout(request, allowed ? 0 : idleSeconds)
            },
            clientAddress: clientAddress?.(server.requestIP(request)?.address, request.headers),
            encodeStream: encodeStreamFor?.(request),
          }
          let plain: Response
          try {
            plain = preflight ?? (await respond(incoming, path, connection))
          } catch (thrown) {
            plain = explain(thrown) // here, so that it gets the headers of every response
          }
          const response = compress && !isStream ? await compress(request, plain) : plain
          if (!preflight) pages?.expose(request, response)
          if (isDraining()) response.headers.set('connection', 'close')
          return response
        },
        error: explain,
      })
    return options.unix ? withMode(options.unix, open) : open()
  } catch (thrown) {
    throw listenError(thrown, options)
  }
}

/** Paths with a `*` at the end, without it. */
const subtreesOf = (routes: Routes) =>
  Object.entries(routes).flatMap(([path, methods]) =>
    path.endsWith('/*') ? [{ start: path.slice(0, -1), methods }] : [],
  )

async function respondOwn(
  methods: Readonly<Record<string, Handler>>,
  request: IncomingRequest,
  path: string,
): Promise<Response> {
  const handler = methods[request.method] ?? (request.method === 'HEAD' ? methods['GET'] : undefined)
  const allow = Object.keys(methods)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method))
    .join(', ')
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

/** The runtime takes a socket or a port; its types do not allow a choice. */
const addressOf = ({ host, port, reusePort = false, http2 = false, unix }: ListenOptions) =>
  (unix ? { unix: unix.path } : { hostname: host, port, reusePort, http2 }) as {
    http2: boolean
    hostname: string
    port: number
    reusePort: boolean
  }
