// Active health checks of self-hosted servers, so that a dead server is detected before a call fails there.
import { PLAIN_TRANSPORT, type Transport } from './transport.ts'
import { reasonOf } from './transport-error.ts'

/** The health check of one server. */
export interface CheckPlan {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Undefined: the runtime's settings. */
  readonly transport?: Transport
}

export interface CheckOutcome {
  /** `impossible`: the server responds but has no health page at this URL. */
  readonly result: 'hit' | 'miss' | 'impossible'
  /** True if the check timed out. A server that is busy with calls can be late without being dead. */
  readonly isLate: boolean
  /** For logs and the admin API. */
  readonly detail: string
  readonly startedMs: number
}

export interface CheckTarget {
  /** Identifies the server across lists of targets. */
  readonly key: string
  readonly plan: CheckPlan
  onOutcome(outcome: CheckOutcome): void
}

const NO_HEALTH_PAGE_FACTOR = 12

/** Sends one check. Never throws. */
export async function checkHealth({
  url,
  headers,
  timeoutMs,
  transport = PLAIN_TRANSPORT,
}: CheckPlan): Promise<CheckOutcome> {
  const startedMs = performance.now()
  const outcome = (result: CheckOutcome['result'], detail: string, isLate = false) => ({
    result,
    isLate,
    detail,
    startedMs,
  })
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, { ...transport.session, headers, redirect: 'manual', signal, keepalive: false })
    await response.body?.cancel()
    const { status, ok } = response
    if (ok) return outcome('hit', `returned ${status}`)
    return outcome(status >= 500 ? 'miss' : 'impossible', `returned ${status}`)
  } catch (thrown) {
    if (signal.aborted) return outcome('miss', `no response within ${timeoutMs} ms`, true)
    const reason = reasonOf(thrown)
    return outcome('miss', reason === undefined ? 'connection failed' : `connection failed: ${reason}`)
  }
}

/** Checks a changing list of targets, each at its own interval with jitter. The timers do not keep the process alive. */
export class HealthChecks {
  readonly #timers = new Map<string, Timer>()
  readonly #random: () => number
  #targets: ReadonlyMap<string, CheckTarget> = new Map()

  constructor(random: () => number) {
    this.#random = random
  }

  /** Replaces the targets; those that stay keep their schedule. */
  setTargets(targets: readonly CheckTarget[]): void {
    this.#targets = new Map(targets.map((target) => [target.key, target]))
    for (const [key, timer] of this.#timers)
      if (!this.#targets.has(key)) {
        clearTimeout(timer)
        this.#timers.delete(key)
      }
    for (const { key, plan } of targets)
      if (!this.#timers.has(key)) this.#schedule(key, plan.intervalMs * this.#random())
  }

  stop(): void {
    this.setTargets([])
  }

  #schedule(key: string, delayMs: number): void {
    const timer = setTimeout(() => void this.#check(key), delayMs)
    timer.unref()
    this.#timers.set(key, timer)
  }

  async #check(key: string): Promise<void> {
    const timer = this.#timers.get(key)
    const outcome = await checkHealth(this.#targets.get(key)!.plan)
    const target = this.#targets.get(key)
    if (!target || this.#timers.get(key) !== timer) return // removed, or removed and added again meanwhile
    target.onOutcome(outcome)
    const factor = outcome.result === 'impossible' ? NO_HEALTH_PAGE_FACTOR : 1
    this.#schedule(key, target.plan.intervalMs * factor * (0.8 + 0.4 * this.#random()))
  }
}
