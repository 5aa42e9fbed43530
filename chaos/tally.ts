// Counts the verdicts on all requests.
import { type RequestKind, type ChaosRequest, endsByTimeout, mustSucceed } from './requests.ts'
import type { Outcome } from './client.ts'
import type { ClusterWorkers } from './cluster-workers.ts'
import { judge } from './judge.ts'

export interface KindCounts {
  requests: number
  exact: number
  errors: number
  broken: number
  disconnected: number
  wrong: number
}

const MAX_SHOWN = 10
const MAX_SHOWN_PER_CODE = 3
const TOTAL_TIMEOUT = 'upstream_total_timeout'

export class Tally {
  readonly byKind = new Map<RequestKind, KindCounts>()
  /**
   * By error code: of requests that must succeed, of streams that no server can continue, and of complete responses whose
   * server was silent until the timeout.
   */
  readonly errors = {
    avoidable: new Map<string, number>(),
    notContinuable: new Map<string, number>(),
    silent: new Map<string, number>(),
  }
  /** The first ones of each kind, with the details needed to find the cause. */
  readonly wrongResponses: string[] = []
  readonly failures: string[] = []
  readonly #workers: Pick<ClusterWorkers, 'wasKilled' | 'sinceLastKillMs'>

  /** A connection may break only if a killed worker held it. */
  constructor(workers: Pick<ClusterWorkers, 'wasKilled' | 'sinceLastKillMs'>) {
    this.#workers = workers
  }

  record(request: ChaosRequest, outcome: Outcome): void {
    const counts = this.#countsOf(request.kind)
    counts.requests++
    const verdict = judge(request, outcome)
    if (verdict.type === 'wrong') this.#recordWrong(request, counts, verdict.what)
    else if (verdict.type === 'exact') counts.exact++
    else if (verdict.type === 'error') this.#recordError(request, counts, verdict.code, outcome)
    else if (outcome.ending === 'disconnected') counts.disconnected++
    else if (this.#workers.wasKilled(outcome.port, outcome.openedMs)) counts.broken++
    else this.#recordWrong(request, counts, this.#describeBreak(outcome))
  }

  /** All kinds together. */
  get total(): KindCounts {
    const total = { requests: 0, exact: 0, errors: 0, broken: 0, disconnected: 0, wrong: 0 }
    for (const counts of this.byKind.values())
      for (const name of Object.keys(total) as (keyof KindCounts)[]) total[name] += counts[name]
    return total
  }

  /** The share of successes among the requests that must succeed and whose client and worker stayed; 1 if there are none. */
  get successRate(): number {
    let [exact, failed] = [0, sum(this.errors.avoidable)]
    for (const [kind, counts] of this.byKind) {
      if (!mustSucceed({ kind })) continue
      exact += counts.exact
      failed += counts.wrong
    }
    return exact + failed === 0 ? 1 : exact / (exact + failed)
  }

  #countsOf(kind: RequestKind): KindCounts {
    let counts = this.byKind.get(kind)
    if (!counts)
      this.byKind.set(kind, (counts = { requests: 0, exact: 0, errors: 0, broken: 0, disconnected: 0, wrong: 0 }))
    return counts
  }

  #recordError(request: ChaosRequest, counts: KindCounts, code: string, { body, tookMs }: Outcome): void {
    counts.errors++
    const wasSilent = endsByTimeout(request) && code === TOTAL_TIMEOUT
    const codes = this.errors[wasSilent ? 'silent' : mustSucceed(request) ? 'avoidable' : 'notContinuable']
    const times = (codes.get(code) ?? 0) + 1
    codes.set(code, times)
    if (codes === this.errors.avoidable && times <= MAX_SHOWN_PER_CODE)
      this.failures.push(`${request.kind} ${request.id}, ${tookMs.toFixed(0)} ms: ${lastLine(body)}`)
  }

  #describeBreak({ failure, openedMs, tookMs, body }: Outcome): string {
    const age = (performance.now() - openedMs).toFixed(0)
    const since = this.#workers.sinceLastKillMs().toFixed(0)
    return (
      `the connection broke (${failure}), ${age} ms old, ${tookMs.toFixed(0)} ms after the request, ${since} ms after the ` +
      `last kill of a worker, with ${body.length} characters of the response`
    )
  }

  #recordWrong({ id, kind }: ChaosRequest, counts: KindCounts, what: string): void {
    counts.wrong++
    if (this.wrongResponses.length < MAX_SHOWN) this.wrongResponses.push(`${kind} ${id}: ${what}`)
  }
}

const sum = (codes: ReadonlyMap<string, number>) => [...codes.values()].reduce((all, count) => all + count, 0)

const lastLine = (body: string) =>
  body
    .split('\n')
    .findLast((line) => line.includes('"error"'))
    ?.slice(0, 300)
