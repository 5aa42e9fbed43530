import type { CheckOutcome, CheckTarget } from '../../upstream/health-check.ts'
import type { Endpoint } from '../endpoint.ts'

/** A server that is not asked any more is not down for ever. */
const VALID_INTERVALS = 4

/** The endpoints that are to be asked whether they are well, each told what it answers. */
export const checkTargets = (endpoints: Iterable<Endpoint>): CheckTarget[] =>
  [...endpoints].flatMap((endpoint) => {
    const { check: plan } = endpoint
    return plan ? [{ key: endpoint.key, plan, onOutcome: (outcome) => report(endpoint, outcome) } as CheckTarget] : []
  })

function report({ health, check, reach }: Endpoint, { result, isLate, detail, startedMs }: CheckOutcome): void {
  if (result !== 'miss') reach?.heard(startedMs)
  if (!check || (isLate && health.hasAnsweredSince(startedMs - check.intervalMs))) return
  const validMs = VALID_INTERVALS * (check.intervalMs + check.timeoutMs)
  health.checked(result, detail, validMs, performance.now())
}
