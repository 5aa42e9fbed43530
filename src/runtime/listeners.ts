// The two ports: calls on one, metrics on the other.
import type { Server } from 'bun'
import type { Gateway } from '../gateway.ts'
import { json } from '../http/answers.ts'
import { type AdminOperator, adminRoutes } from '../http/admin.ts'
import { healthRoutes, metricsRoutes, type Operator } from '../http/own-routes.ts'
import { listen } from '../http/server.ts'
import type { Log } from '../telemetry/log.ts'

export interface DrainTimes {
  /** How long calls under way may run on. */
  readonly drainMs: number
  /**
   * How long new calls are still answered, each as the last of its connection. The runtime closes idle connections when it
   * stops, and a request that is on its way at that moment would be lost.
   */
  readonly quietMs: number
}

export interface ApiListener {
  readonly port: number
  readonly isDraining: () => boolean
  /** Not ready; then no new connections; ends when the last byte of the last call has left, or when time is up. */
  close(times: DrainTimes): Promise<void>
}

export interface ApiListenerOptions {
  readonly host: string
  readonly port: number
  readonly reusePort?: boolean
  readonly gateway: Gateway
  /** Everything but `isReady`, which the door itself knows. */
  readonly operator: Omit<AdminOperator, 'isReady'>
  readonly log: Log
}

/** The runtime tells of a cut in a later turn, and only then has the call its line in the log. */
const CUT_WITHIN_MS = 500

/** Opens the port for callers. Throws Error with a message for people when it cannot be had. */
export function listenForCalls({
  host,
  port,
  reusePort = false,
  gateway,
  operator,
  log,
}: ApiListenerOptions): ApiListener {
  let isOpen = true
  const isDraining = () => !isOpen
  const whole = { ...operator, isReady: () => isOpen }
  const server = listen({
    host,
    port,
    reusePort,
    routes: { ...healthRoutes(whole), ...adminRoutes(whole) },
    fallback: gateway.answer,
    onError: reportTo(log),
    isDraining,
  })
  return {
    port: server.port!,
    isDraining,
    async close({ drainMs, quietMs }) {
      isOpen = false
      const quiet = Math.min(quietMs, drainMs)
      await Bun.sleep(quiet)
      const { detached } = gateway
      await Promise.race([server.stop().then(() => detached.ended()), Bun.sleep(drainMs - quiet)])
      detached.abortAll()
      await Promise.race([detached.ended(), Bun.sleep(CUT_WITHIN_MS)])
      await server.stop(true)
    },
  }
}

export interface MetricsListenerOptions {
  readonly host: string
  readonly port: number
  readonly render: () => string | Promise<string>
  readonly operator: Operator
  readonly log: Log
}

/** Opens the port for metrics. Throws Error with a message for people when it cannot be had. */
export const listenForMetrics = ({ host, port, render, operator, log }: MetricsListenerOptions): Server<undefined> =>
  listen({
    host,
    port,
    routes: { ...healthRoutes(operator), ...metricsRoutes(render) },
    fallback: () => json({ error: { message: 'Metrics are at /metrics here; calls go to the other port.' } }, 404),
    onError: reportTo(log),
  })

const reportTo = (log: Log) => (error: Error) => log.error({ error }, 'A request failed outside of any call.')

/** Where people on this machine find it. */
export const urlOf = (host: string, port: number): string =>
  `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`
