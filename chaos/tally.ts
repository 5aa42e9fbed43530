// What became of all calls.
import { type CallKind, type ChatCall, isSilenceFatal, mustSucceed } from './calls.ts'
import type { Outcome } from './client.ts'
import type { CrewWorkers } from './cluster-workers.ts'
import { judge } from './judge.ts'

export interface KindCounts {
  calls: number
  exact: number
  errors: number
  broken: number
  left: number
  lies: number
}

const SHOWN = 10
const SHOWN_PER_CODE = 3
const TIME_IS_OVER = 'upstream_total_timeout'

export class Tally {
  readonly byKind = new Map<CallKind, KindCounts>()
  /**
   * By code: of calls that had to succeed, of streams that nobody could go on with, and of whole answers about which a
   * server was silent until their time was over.
   */
  readonly errors = {
    avoidable: new Map<string, number>(),
    notContinuable: new Map<string, number>(),
    silent: new Map<string, number>(),
  }
  /** The first of each, with what is needed to look for the cause. */
  readonly lies: string[] = []
  readonly failures: string[] = []
  readonly #workers: Pick<CrewWorkers, 'wasLost' | 'sinceLastMs'>

  /** Only a connection that was held by a worker that was killed may break. */
  constructor(workers: Pick<CrewWorkers, 'wasLost' | 'sinceLastMs'>) {
    this.#workers = workers
  }

  record(call: ChatCall, outcome: Outcome): void {
    const counts = this.#countsOf(call.kind)
    counts.calls++
    const verdict = judge(call, outcome)
    if (verdict.type === 'lie') this.#lie(call, counts, verdict.what)
    else if (verdict.type === 'exact') counts.exact++
    else if (verdict.type === 'error') this.#fail(call, counts, verdict.code, outcome)
    else if (outcome.ending === 'left') counts.left++
    else if (this.#workers.wasLost(outcome.port, outcome.openedMs)) counts.broken++
    else this.#lie(call, counts, this.#breakOf(outcome))
  }

  /** All kinds together. */
  get total(): KindCounts {
    const total = { calls: 0, exact: 0, errors: 0, broken: 0, left: 0, lies: 0 }
    for (const counts of this.byKind.values())
      for (const name of Object.keys(total) as (keyof KindCounts)[]) total[name] += counts[name]
    return total
  }

  /** Of the calls that had to succeed and whose client and worker stayed, the share that did; 1 of none. */
  get successRate(): number {
    let [exact, failed] = [0, sum(this.errors.avoidable)]
    for (const [kind, counts] of this.byKind) {
      if (!mustSucceed({ kind })) continue
      exact += counts.exact
      failed += counts.lies
    }
    return exact + failed === 0 ? 1 : exact / (exact + failed)
  }

  #countsOf(kind: CallKind): KindCounts {
    let counts = this.byKind.get(kind)
    if (!counts) this.byKind.set(kind, (counts = { calls: 0, exact: 0, errors: 0, broken: 0, left: 0, lies: 0 }))
    return counts
  }

  #fail(call: ChatCall, counts: KindCounts, code: string, { body, tookMs }: Outcome): void {
    counts.errors++
    const isSilence = isSilenceFatal(call) && code === TIME_IS_OVER
    const codes = this.errors[isSilence ? 'silent' : mustSucceed(call) ? 'avoidable' : 'notContinuable']
    const times = (codes.get(code) ?? 0) + 1
    codes.set(code, times)
    if (codes === this.errors.avoidable && times <= SHOWN_PER_CODE)
      this.failures.push(`${call.kind} ${call.id}, ${tookMs.toFixed(0)} ms: ${lastLine(body)}`)
  }

  #breakOf({ failure, openedMs, tookMs, body }: Outcome): string {
    const age = (performance.now() - openedMs).toFixed(0)
    const since = this.#workers.sinceLastMs().toFixed(0)
    return (
      `the connection broke (${failure}), ${age} ms old, ${tookMs.toFixed(0)} ms after the question, ${since} ms after the ` +
      `last killing of a worker, with ${body.length} characters of the answer`
    )
  }

  #lie({ id, kind }: ChatCall, counts: KindCounts, what: string): void {
    counts.lies++
    if (this.lies.length < SHOWN) this.lies.push(`${kind} ${id}: ${what}`)
  }
}

const sum = (codes: ReadonlyMap<string, number>) => [...codes.values()].reduce((all, count) => all + count, 0)

const lastLine = (body: string) =>
  body
    .split('\n')
    .findLast((line) => line.includes('"error"'))
    ?.slice(0, 300)
