import { expect, test } from 'bun:test'
import { TokenError } from '../providers/tokens/token-error.ts'
import { createLog } from './log.ts'
import { createRegistry } from './metrics/registry.ts'
import { createTokenTelemetry } from './token-telemetry.ts'

test('a failed refresh is a warning while the old token is valid, and an error after that', () => {
  const lines: string[] = []
  const log = createLog('info', {
    write: (line) => void lines.push(line),
    drained: async () => {},
    dropped: { slowReader: 0, writeError: 0 },
  })
  const registry = createRegistry({ maxSeries: 100 })
  const report = createTokenTelemetry(registry, log, () => 5000)
  report('vertex', { type: 'fetched', validForMs: 60_000 })
  report('vertex', { type: 'failed', error: new TokenError('down'), validForMs: 30_000 })
  report('vertex', { type: 'failed', error: new TokenError('Bearer abcdefghijk'), validForMs: 0 })
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 'warn', provider: 'vertex', validForSeconds: 30, cause: 'down' },
    { level: 'error', provider: 'vertex', validForSeconds: 0, cause: '[redacted]' },
  ])
  expect(registry.render()).toContain('sluice_token_expires_timestamp_seconds{provider="vertex"} 65\n')
  expect(registry.render()).toContain('sluice_token_refreshes_total{provider="vertex",outcome="failed"} 2\n')
})
