import type { TokenReport } from '../providers/authorization.ts'
import type { Log } from './log.ts'
import { redact } from './redact.ts'
import type { Registry } from './metrics/registry.ts'

/** Reports the refresh of providers' tokens in log and metrics. */
export function createTokenTelemetry({ counter, gauge }: Registry, log: Log, now: () => number = Date.now) {
  const refreshes = counter({
    name: 'sluice_token_refreshes_total',
    help: 'Token requests for a provider, by outcome.',
    labels: ['provider', 'outcome'],
  })
  const ends = new Map<string, number>()
  gauge({
    name: 'sluice_token_expires_timestamp_seconds',
    help: 'Expiry time of the provider token in use, in seconds since 1970.',
    merge: 'min',
    labels: ['provider'],
    collect(set) {
      for (const [provider, endMs] of ends) set([provider], endMs / 1000)
    },
  })
  return (provider: string, report: TokenReport): void => {
    refreshes.with(provider, report.type).inc()
    if (report.type === 'fetched') {
      ends.set(provider, now() + report.validForMs)
      return
    }
    const { validForMs, error } = report
    const fields = { provider, validForSeconds: Math.round(validForMs / 1000), cause: redact(error.message) }
    if (validForMs > 0)
      log.warn(fields, 'A provider token could not be refreshed; the previous one stays in use until it expires.')
    else log.error(fields, 'A provider has no valid token: requests to it fail. The cause is in this line.')
  }
}
