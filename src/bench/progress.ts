// One live line while a load runs.
import type { Load } from './load.ts'
import { formatCount, formatMicros } from './number-text.ts'

const INTERVAL_MS = 250
const CLEAR_LINE = '\r\u001B[K'

/** The output for the line. It is only drawn on a terminal. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Draws the line four times a second until the returned function is called, which clears it. */
export function showProgress(load: Load, screen: Screen): () => void {
  if (!screen.isTTY) return () => undefined
  const timer = setInterval(() => {
    screen.write(CLEAR_LINE + progressLine(load).slice(0, (screen.columns ?? 80) - 1))
  }, INTERVAL_MS)
  return () => {
    clearInterval(timer)
    screen.write(CLEAR_LINE)
  }
}

export function progressLine({ tally, elapsedMs }: Load): string {
  const seconds = elapsedMs() / 1000
  const rate = seconds > 0 ? tally.succeeded / seconds : 0
  const measured = tally.latency.count > 0 ? tally.latency : tally.firstToken
  const quantiles = `p50 ${formatMicros(measured.quantile(0.5))}  p99 ${formatMicros(measured.quantile(0.99))}`
  return `  ${seconds.toFixed(1)} s  ${formatCount(rate)} requests/s  ${tally.inFlight} in flight  ${formatCount(tally.failed)} failed  ${quantiles}`
}
