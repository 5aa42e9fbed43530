import type { CheckOutcome, CheckTarget } from '../../upstream/health-check.ts'
import type { Endpoint } from '../endpoint.ts'
import type { LivenessReport } from '../health/shared-state.ts'

/** A result expires after this number of intervals, so that a server whose checks stop is not down for ever. */
const VALID_INTERVALS = 4

type OnReport = (report: LivenessReport) => void

/**
 * The endpoints with active checks. Each result is applied to the endpoint and passed to `onReport`, for other
 * processes.
 */
export const checkTargets = (endpoints: Iterable<Endpoint>, onReport: OnReport = () => {}): CheckTarget[] =>
  [...endpoints].flatMap((endpoint) => {
    const { key, check: plan } = endpoint
    return plan
      ? [{ key, plan, onOutcome: (outcome) => applyOutcome(endpoint, outcome, onReport) } satisfies CheckTarget]
      : []
  })

function applyOutcome(endpoint: Endpoint, outcome: CheckOutcome, onReport: OnReport): void {
  const { health, check, key, reachability } = endpoint
  const { result, isLate, detail, startedMs } = outcome
  const nowMs = performance.now()
  const heardMs = result === 'miss' ? undefined : nowMs - startedMs
  if (heardMs !== undefined) reachability?.responded(startedMs)
  if (!check || (isLate && health.hasAnsweredSince(startedMs - check.intervalMs))) return
  const validMs = VALID_INTERVALS * (check.intervalMs + check.timeoutMs)
  health.checked(result, detail, validMs, nowMs)
  onReport({ key, isDown: health.isDown(nowMs), reason: `active check: ${detail}`, validMs, heardMs })
}

/** Applies the result of an active check that another process made. */
export function applyLivenessReport({ health, reachability }: Endpoint, report: LivenessReport, nowMs: number): void {
  if (report.heardMs !== undefined) reachability?.responded(nowMs - report.heardMs)
  health.applyLiveness(report, nowMs)
}

/** The endpoints that are down, for a process that has just started. */
export const downReports = (endpoints: Iterable<Endpoint>, nowMs: number): LivenessReport[] =>
  [...endpoints].flatMap(({ key, health }) => {
    const validMs = health.downUntilMs - nowMs
    return validMs > 0 ? [{ key, isDown: true, reason: health.last.reason, validMs, heardMs: undefined }] : []
  })
