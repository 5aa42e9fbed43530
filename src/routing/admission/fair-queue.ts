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
  /** Tokens that it may still have before its turn ends. */
  deficit: number
}

/**
 * Callers take turns, each worth the same number of tokens however many jobs they have; a caller's own jobs are served in
 * order of arrival. Source: Shreedhar and Varghese, Efficient Fair Queuing Using Deficit Round Robin, SIGCOMM 1995.
 */
export class FairQueue<T extends Job> {
  readonly #quantum: number
  /** In order of their turns. */
  readonly #lines = new Map<string, Line<T>>()
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
    for (;;) {
      const line = this.#firstLine()
      const job = line?.jobs[0]
      if (!line || !job || line.deficit >= job.cost) return job
      line.deficit += this.#quantum
      this.#lines.delete(line.caller)
      this.#lines.set(line.caller, line)
    }
  }

  /** The caller's turn is shorter by this job, which is served. */
  charge({ caller, cost }: T): void {
    const line = this.#lines.get(caller)
    if (line) line.deficit -= cost
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
    if (line.jobs.length === 0) this.#lines.delete(job.caller)
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

  #firstLine(): Line<T> | undefined {
    for (const line of this.#lines.values()) return line
    return undefined
  }
}
