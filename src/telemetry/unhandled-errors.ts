import type { Log } from './log.ts'
import type { Registry } from './metrics/registry.ts'

const UNHANDLED = {
  unhandledRejection: {
    name: 'sluice_unhandled_rejections_total',
    help: 'Unhandled promise rejections inside the gateway; the process continued.',
    message: 'A rejected promise was not handled.',
  },
  uncaughtException: {
    name: 'sluice_uncaught_exceptions_total',
    help: 'Uncaught exceptions that ended a callback inside the gateway; the process continued.',
    message: 'An exception was not caught.',
  },
} as const

/**
 * Counts and logs errors that would otherwise end the process: a bug in one request must not end all the others.
 * Returns the function that stops it.
 */
export function catchUnhandledErrors(registry: Registry, log: Log): () => void {
  const stops = Object.entries(UNHANDLED).map(([event, { name, help, message }]) => {
    const family = registry.counter({ name, help })
    const onError = (error: unknown): void => {
      family.with().inc()
      log.error({ error }, message)
    }
    process.on(event, onError)
    return () => process.off(event, onError)
  })
  return () => stops.forEach((stop) => stop())
}
