/** What takes turns: a call of a caller, in tokens. */
export interface Job {
  readonly caller: string
  readonly cost: number
  /** Grows with the time of arrival. */
  readonly order: number
}

/** The jobs of one caller, oldest first. */
interface Line<T extends Job> {
  readonly caller: string
  readonly jobs: T[]
  work: number
  /** Tokens that it may still have in this round. */
  deficit: number
}

/**
 * In a round every caller may have the same number of tokens, however many jobs it has; what is left over counts in its
 * next. A caller's own jobs are served in order of arrival. Source: Shreedhar and Varghese, Efficient Fair Queuing Using
 * Deficit Round Robin, SIGCOMM 1995. Unlike there a caller gives way after each job: a round of short calls is long, and
 * whoever has one call should not wait for a hundred of another.
 */
export class FairQueue<T extends Job> {
  readonly #quantum: number
  readonly #lines = new Map<string, Line<T>>()
  /** Those who may still have something in this round, in order of their turns, and those who must wait for the next. */
  #round = new Set<Line<T>>()
  #spent = new Set<Line<T>>()
  size = 0
  /** Tokens of all jobs. */
  work = 0

  constructor(quantum = 8192) {
    this.#quantum = quantum
  }

  add(job: T): void {
    let line = this.#lines.get(job.caller)
    if (!line) {
      line = { caller: job.caller, jobs: [], work: 0, deficit: this.#quantum }
      this.#lines.set(job.caller, line)
      this.#round.add(line)
    }
    // Nearly always the end; a job that was moved here from another queue is older than some.
    const younger = line.jobs.findLastIndex(({ order }) => order < job.order)
    line.jobs.splice(younger + 1, 0, job)
    line.work += job.cost
    this.size++
    this.work += job.cost
  }

  /** Whose turn it is; the same answer until something is added, charged or removed. */
  next(): T | undefined {
    while (this.size > 0) {
      for (const line of this.#round) {
        if (line.deficit >= line.jobs[0]!.cost) return line.jobs[0]
        this.#round.delete(line)
        this.#spent.add(line)
      }
      this.#beginRound()
    }
    return undefined
  }

  /** The job that `next` gave is served: its caller has had that much, and gives way to the others. */
  charge({ caller, cost }: T): void {
    const line = this.#lines.get(caller)
    if (!line) return
    line.deficit -= cost
    this.#round.delete(line)
    this.#round.add(line)
  }

  /** Takes a job out; false when it is not here. */
  remove(job: T): boolean {
    const line = this.#lines.get(job.caller)
    const at = line?.jobs.indexOf(job) ?? -1
    if (!line || at === -1) return false
    line.jobs.splice(at, 1)
    line.work -= job.cost
    this.size--
    this.work -= job.cost
    if (line.jobs.length === 0) this.#forget(line)
    return true
  }

  /** Tokens that will be served before a new job of this caller: turns are equal, so nobody else gets more than it does. */
  workBefore(caller: string, cost: number): number {
    const own = this.#lines.get(caller)?.work ?? 0
    let before = own
    for (const line of this.#lines.values()) if (line.caller !== caller) before += Math.min(line.work, own + cost)
    return before
  }

  newest(): T | undefined {
    let newest: T | undefined
    for (const { jobs } of this.#lines.values()) if (!newest || jobs.at(-1)!.order > newest.order) newest = jobs.at(-1)
    return newest
  }

  /**
   * The newest job of the caller who has most of the queue, if that is more than `caller` would have with one more job of
   * `cost`: without this, whoever sends most fills a bounded queue, and fair turns are worth nothing.
   * Source: McKenney, Stochastic Fairness Queueing, INFOCOM 1990 (buffer stealing).
   */
  excess(caller: string, cost: number): T | undefined {
    let heaviest: Line<T> | undefined
    for (const line of this.#lines.values()) if (!heaviest || line.work > heaviest.work) heaviest = line
    const own = this.#lines.get(caller)?.work ?? 0
    return heaviest && heaviest.work > own + cost ? heaviest.jobs.at(-1) : undefined
  }

  *[Symbol.iterator](): Generator<T> {
    for (const { jobs } of this.#lines.values()) yield* jobs
  }

  #forget(line: Line<T>): void {
    this.#lines.delete(line.caller)
    this.#round.delete(line)
    this.#spent.delete(line)
  }

  #beginRound(): void {
    const lines = this.#spent
    this.#spent = this.#round // empty
    this.#round = lines
    for (const line of lines) line.deficit += this.#quantum
  }
}
