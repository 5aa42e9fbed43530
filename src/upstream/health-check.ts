// Asks self-hosted servers whether they are well, so that a dead one is known before a call finds out.

/** How one server is asked. */
export interface CheckPlan {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly intervalMs: number
  readonly timeoutMs: number
}

export interface CheckOutcome {
  /** `impossible`: somebody is there, and has no such page. */
  readonly result: 'hit' | 'miss' | 'impossible'
  /** A server that is busy answering calls may be late here and is not dead. */
  readonly isLate: boolean
  /** For people. */
  readonly detail: string
  readonly startedMs: number
}

export interface CheckTarget {
  /** The same target in another list is the same server. */
  readonly key: string
  readonly plan: CheckPlan
  onOutcome(outcome: CheckOutcome): void
}

const NO_HEALTH_PAGE_FACTOR = 12

/** Asks once. Never throws. */
export async function checkHealth({ url, headers, timeoutMs }: CheckPlan): Promise<CheckOutcome> {
  const startedMs = performance.now()
  const outcome = (result: CheckOutcome['result'], detail: string, isLate = false) => ({
    result,
    isLate,
    detail,
    startedMs,
  })
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal, keepalive: false })
    await response.body?.cancel()
    const { status, ok } = response
    if (ok) return outcome('hit', `answered ${status}`)
    return outcome(status >= 500 ? 'miss' : 'impossible', `answered ${status}`)
  } catch {
    return signal.aborted ? outcome('miss', `no answer within ${timeoutMs} ms`, true) : outcome('miss', 'no connection')
  }
}

/** Keeps asking a changing list of targets, each at its own pace with some jitter. Nothing here keeps a process alive. */
export class HealthChecks {
  readonly #timers = new Map<string, Timer>()
  readonly #random: () => number
  #targets: ReadonlyMap<string, CheckTarget> = new Map()

  constructor(random: () => number) {
    this.#random = random
  }

  /** From now on these; those that stay keep their turn. */
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
    if (!target || this.#timers.get(key) !== timer) return // not ours any more, or taken up again meanwhile
    target.onOutcome(outcome)
    const factor = outcome.result === 'impossible' ? NO_HEALTH_PAGE_FACTOR : 1
    this.#schedule(key, target.plan.intervalMs * factor * (0.8 + 0.4 * this.#random()))
  }
}
