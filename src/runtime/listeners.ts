// The two ports: one for the API, one for metrics.
import type { Server } from 'bun'
import type { Gateway } from '../gateway.ts'
import { json } from '../http/responses.ts'
import { type AdminOperator, adminRoutes } from '../http/admin.ts'
import { healthRoutes, metricsRoutes, type Operator } from '../http/own-routes.ts'
import type { ServerConfig } from '../http/config.ts'
import type { Edge } from '../http/edge.ts'
import { checkPort } from '../http/check-port.ts'
import { listen } from '../http/server.ts'
import { RenewableListener } from './renewable-listener.ts'
import type { Log } from '../telemetry/log.ts'

export interface DrainTimes {
  /** How long calls in flight may continue. */
  readonly drainMs: number
  /**
   * How long new calls are still accepted, each as the last of its connection. Bun closes idle connections when the
   * server stops, and a request that arrives at that moment would be lost.
   */
  readonly quietMs: number
}

export interface ApiListener {
  /** Undefined for a Unix socket. */
  readonly port: number | undefined
  readonly isDraining: () => boolean
  /** Uses a new certificate for new connections. */
  update(server: ServerConfig): void
  /**
   * Reports not ready, then closes the port. Resolves when the last call has been sent completely, or after `drainMs`.
   */
  close(times: DrainTimes): Promise<void>
}

export interface ApiListenerOptions {
  /** The settings of the listener. */
  readonly server: ServerConfig
  /** The port, if another process has chosen it. */
  readonly port?: number
  readonly reusePort?: boolean
  readonly gateway: Gateway
  readonly edge: () => Edge
  /** Everything except `isReady`, which the listener adds. */
  readonly operator: Omit<AdminOperator, 'isReady'>
  readonly log: Log
}

/** Bun reports an aborted connection in a later turn of the event loop. Only then is the call's log line written. */
const CUT_WITHIN_MS = 500

/** Opens the API port. Throws Error with a message for the operator if it cannot. */
export function listenForCalls({
  server,
  port: wantedPort = server.port,
  reusePort = false,
  gateway,
  edge,
  operator,
  log,
}: ApiListenerOptions): ApiListener {
  let isOpen = true
  const isDraining = () => !isOpen
  const pages = { ...operator, isReady: () => isOpen }
  const routes = { ...healthRoutes(pages), ...adminRoutes(pages) }
  const { host, idleMs } = server
  if (server.tls && !reusePort) checkPort(host, wantedPort)
  const listener = new RenewableListener(server.tls, log, (tls, isRetired, port = wantedPort) =>
    listen({
      host,
      port,
      reusePort: reusePort || tls !== undefined,
      idleMs,
      tls,
      http2: server.http2,
      unix: server.unix,
      routes,
      fallback: gateway.answer,
      edge,
      onError: logErrors(log),
      isDraining: () => !isOpen || isRetired(),
    }),
  )
  return {
    port: listener.port,
    isDraining,
    update: ({ tls }) => listener.renew(tls),
    async close(times) {
      isOpen = false
      await drain(listener, gateway, times)
    },
  }
}

async function drain(
  listener: RenewableListener,
  { detached }: Gateway,
  { drainMs, quietMs }: DrainTimes,
): Promise<void> {
  const quiet = Math.min(quietMs, drainMs)
  await Bun.sleep(quiet)
  await waitAtMost(
    drainMs - quiet,
    listener.stop().then(() => detached.ended()),
  )
  detached.abortAll()
  await waitAtMost(CUT_WITHIN_MS, detached.ended())
  await listener.abort()
}

/** Leaves no timer behind: a pending timer keeps the process alive, here for the whole drain time. */
async function waitAtMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: Timer | undefined
  const timeout = new Promise<void>((resolve) => void (timer = setTimeout(resolve, ms)))
  try {
    await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

export interface MetricsListenerOptions {
  readonly server: ServerConfig
  readonly render: () => string | Promise<string>
  readonly operator: Operator
  readonly log: Log
}

/** Opens the metrics port. Throws Error with a message for the operator if it cannot. */
export const listenForMetrics = ({ server, render, operator, log }: MetricsListenerOptions): Server<undefined> =>
  listen({
    host: server.host,
    port: server.metricsPort,
    idleMs: server.idleMs,
    routes: { ...healthRoutes(operator), ...metricsRoutes(render) },
    fallback: () =>
      json(
        { error: { message: 'This port serves /metrics and the health pages. Send API requests to the API port.' } },
        404,
      ),
    onError: logErrors(log),
  })

const logErrors = (log: Log) => (error: Error) => log.error({ error }, 'Sluice failed to handle a request.')

/** The URL for clients on this machine. */
export const urlOf = ({ host, tls }: Pick<ServerConfig, 'host' | 'tls'>, port: number): string =>
  `${tls ? 'https' : 'http'}://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`
