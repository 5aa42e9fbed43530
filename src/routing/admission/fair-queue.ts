/** A call of one client (`caller`); its cost is in tokens. */
export interface Job {
  readonly caller: string
  readonly cost: number
  /** Increases with the time of arrival. */
  readonly order: number
}

/** The jobs of one client, oldest first. */
interface ClientJobs<T extends Job> {
  readonly caller: string
  readonly jobs: T[]
  work: number
  /** Tokens that are left to it in this round. */
  deficit: number
}

/**
 * Deficit round robin over clients: in each round every client gets the same number of tokens, whatever the number of its jobs,
 * and keeps the rest for its next round. The jobs of one client are served in order of arrival. Source: Shreedhar and
 * Varghese, Efficient Fair Queuing Using Deficit Round Robin, SIGCOMM 1995. Unlike there, the next client follows after each
 * job: a round of short calls is long, and a client with one call should not wait for a hundred calls of another.
 */
export class FairQueue<T extends Job> {
  readonly #quantum: number
  readonly #clients = new Map<string, ClientJobs<T>>()
  /** The clients with tokens left in this round, in order of their turns, and those that wait for the next round. */
  #round = new Set<ClientJobs<T>>()
  #spent = new Set<ClientJobs<T>>()
  size = 0
  /** Tokens of all jobs. */
  work = 0

  constructor(quantum = 8192) {
    this.#quantum = quantum
  }

  add(job: T): void {
    let client = this.#clients.get(job.caller)
    if (!client) {
      client = { caller: job.caller, jobs: [], work: 0, deficit: this.#quantum }
      this.#clients.set(job.caller, client)
      this.#round.add(client)
    }
    // Usually the end; a job that was promoted from another queue can be older than some.
    const older = client.jobs.findLastIndex(({ order }) => order < job.order)
    client.jobs.splice(older + 1, 0, job)
    client.work += job.cost
    this.size++
    this.work += job.cost
  }

  /** The next job to serve; the same until a job is added, charged or removed. */
  next(): T | undefined {
    while (this.size > 0) {
      for (const client of this.#round) {
        if (client.deficit >= client.jobs[0]!.cost) return client.jobs[0]
        this.#round.delete(client)
        this.#spent.add(client)
      }
      this.#beginRound()
    }
    return undefined
  }

  /** The job from `next` is served: subtracts its cost from its client's tokens and puts the client last in the round. */
  charge({ caller, cost }: T): void {
    const client = this.#clients.get(caller)
    if (!client) return
    client.deficit -= cost
    this.#round.delete(client)
    this.#round.add(client)
  }

  /** Removes a job; false if it is not in the queue. */
  remove(job: T): boolean {
    const client = this.#clients.get(job.caller)
    const index = client?.jobs.indexOf(job) ?? -1
    if (!client || index === -1) return false
    client.jobs.splice(index, 1)
    client.work -= job.cost
    this.size--
    this.work -= job.cost
    if (client.jobs.length === 0) this.#forget(client)
    return true
  }

  /**
   * Tokens that are served before a new job of this client. Turns are equal, so no other client gets more than this
   * one.
   */
  workBefore(caller: string, cost: number): number {
    const own = this.#clients.get(caller)?.work ?? 0
    let before = own
    for (const other of this.#clients.values()) if (other.caller !== caller) before += Math.min(other.work, own + cost)
    return before
  }

  newest(): T | undefined {
    let newest: T | undefined
    for (const { jobs } of this.#clients.values())
      if (!newest || jobs.at(-1)!.order > newest.order) newest = jobs.at(-1)
    return newest
  }

  /**
   * The newest job of the client with the most work in the queue, if that is more than `caller` would have with one more job
   * of `cost`. Without this, the client that sends most would fill a bounded queue, and fair turns would be useless.
   * Source: McKenney, Stochastic Fairness Queueing, INFOCOM 1990 (buffer stealing).
   */
  excess(caller: string, cost: number): T | undefined {
    let heaviest: ClientJobs<T> | undefined
    for (const client of this.#clients.values()) if (!heaviest || client.work > heaviest.work) heaviest = client
    const own = this.#clients.get(caller)?.work ?? 0
    return heaviest && heaviest.work > own + cost ? heaviest.jobs.at(-1) : undefined
  }

  *[Symbol.iterator](): Generator<T> {
    for (const { jobs } of this.#clients.values()) yield* jobs
  }

  #forget(client: ClientJobs<T>): void {
    this.#clients.delete(client.caller)
    this.#round.delete(client)
    this.#spent.delete(client)
  }

  #beginRound(): void {
    const clients = this.#spent
    this.#spent = this.#round // empty
    this.#round = clients
    for (const client of clients) client.deficit += this.#quantum
  }
}
