import type { CheckOutcome, CheckTarget } from '../../upstream/health-check.ts'
import type { Endpoint } from '../endpoint.ts'
import type { LivenessReport } from './shared-state.ts'

/** A server that is not asked any more is not down for ever. */
const VALID_INTERVALS = 4

type Tell = (report: LivenessReport) => void

/** The endpoints that are to be asked whether they are well; what comes of it is for each and for `tell`. */
export const checkTargets = (endpoints: Iterable<Endpoint>, tell: Tell = () => {}): CheckTarget[] =>
  [...endpoints].flatMap((endpoint) => {
    const { key, check: plan } = endpoint
    return plan ? [{ key, plan, onOutcome: (outcome) => hear(endpoint, outcome, tell) } satisfies CheckTarget] : []
  })

function hear(endpoint: Endpoint, outcome: CheckOutcome, tell: Tell): void {
  const { health, check, key, reach } = endpoint
  const { result, isLate, detail, startedMs } = outcome
  const nowMs = performance.now()
  const heardMs = result === 'miss' ? undefined : nowMs - startedMs
  if (heardMs !== undefined) reach?.heard(startedMs)
  if (!check || (isLate && health.hasAnsweredSince(startedMs - check.intervalMs))) return
  const validMs = VALID_INTERVALS * (check.intervalMs + check.timeoutMs)
  health.checked(result, detail, validMs, nowMs)
  tell({ key, isDown: health.isDown(nowMs), reason: `active check: ${detail}`, validMs, heardMs })
}

/** Takes over what another process found out so. */
export function takeOver({ health, reach }: Endpoint, report: LivenessReport, nowMs: number): void {
  if (report.heardMs !== undefined) reach?.heard(nowMs - report.heardMs)
  health.applyLiveness(report, nowMs)
}

/** What a process that has just started is to know. */
export const downReports = (endpoints: Iterable<Endpoint>, nowMs: number): LivenessReport[] =>
  [...endpoints].flatMap(({ key, health }) => {
    const validMs = health.downUntilMs - nowMs
    return validMs > 0 ? [{ key, isDown: true, reason: health.last.reason, validMs, heardMs: undefined }] : []
  })
