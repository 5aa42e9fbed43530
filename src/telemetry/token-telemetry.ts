import type { TokenReport } from '../providers/authorization.ts'
import type { Log } from './log.ts'
import { redact } from './redact.ts'
import type { Registry } from './metrics/registry.ts'

/** Says in log and metrics how the tokens of providers are refreshed. */
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
      log.warn(fields, 'A token could not be refreshed; the one before it stays in use until its end.')
    else log.error(fields, 'There is no token for a provider: calls to it fail.')
  }
}
