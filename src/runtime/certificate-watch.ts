import type { Config } from '../config/load.ts'
import type { TlsConfig } from '../http/tls-config.ts'
import { certificateWarning, expiresAtMs } from '../http/tls.ts'
import type { ProcessTelemetry } from '../telemetry/create-telemetry.ts'

const EVERY_MS = 24 * 3_600_000

/** Warns in the log if the certificate of the API port has expired or soon will, and shows the date as a metric. */
export function watchCertificate(
  { log, registry }: Pick<ProcessTelemetry, 'log' | 'registry'>,
  first: Config,
  onApplied: (listener: (config: Config) => void) => void,
): void {
  let tls: TlsConfig | undefined
  const warn = () => {
    const warning = tls && certificateWarning(tls, Date.now())
    if (warning !== undefined) log.warn({}, warning)
  }
  const use = (config: Config) => {
    if (config.server.tls?.certificate === tls?.certificate) return
    tls = config.server.tls
    warn()
  }
  use(first)
  onApplied(use)
  if (first.server.tls === undefined) return // TLS begins at the start only
  setInterval(warn, EVERY_MS).unref()
  registry.gauge({
    name: 'sluice_tls_certificate_expiry_timestamp_seconds',
    help: 'Time at which the certificate of the API port expires, in seconds since 1970.',
    merge: 'min',
    collect: (set) => tls && set([], expiresAtMs(tls) / 1000),
  })
}
