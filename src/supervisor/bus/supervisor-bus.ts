import type { BusMessage, Entry, Published } from './bus-messages.ts'
import { type BusOptions, JoinedTopics } from './joined-topics.ts'
import { type Bus, type Publish, SUPERVISOR, type Topic } from './topic.ts'

export interface Recipient {
  readonly id: number
  send(message: BusMessage): void
}

export interface SupervisorBusOptions extends BusOptions {
  /** The workers that run now, those that are starting or leaving included. */
  readonly workers: () => readonly Recipient[]
  /** Milliseconds of a monotonic clock. */
  readonly clock?: () => number
}

interface Gathered {
  readonly latest: Map<number, { readonly message: unknown; readonly atMs: number }>
  readonly timer: ReturnType<typeof setTimeout>
}

/** The supervisor's end: applies what workers publish, forwards it to the others, and brings new workers up to date. */
export class SupervisorBus implements Bus {
  readonly #topics: JoinedTopics
  readonly #workers: () => readonly Recipient[]
  readonly #clock: () => number
  readonly #gathered = new Map<Topic<unknown>, Gathered>()

  constructor({ workers, clock = () => performance.now(), ...options }: SupervisorBusOptions) {
    this.#topics = new JoinedTopics(options)
    this.#workers = workers
    this.#clock = clock
  }

  join<Message>(topic: Topic<Message>): Publish<Message> {
    this.#topics.add(topic)
    return (message) => {
      for (const worker of this.#workers()) send(worker, topic, [[message, SUPERVISOR]])
    }
  }

  /** Takes what a worker published. A message that cannot be applied is not forwarded. */
  receive(from: number, { topic: name, message }: Published): void {
    const topic = this.#topics.find(name, from)
    if (!topic || !this.#topics.apply(topic, [[message, from]])) return
    if (topic.gather) this.#gather(topic, topic.gather.forMs, message, from)
    else this.#forward(topic, [[message, from]])
    // A pipe may deliver the last messages of a worker after its exit was reported.
    if (!this.#workers().some(({ id }) => id === from)) this.workerGone(from)
  }

  /** What a new worker must know, in the order in which the topics joined. */
  catchUp(worker: number): BusMessage[] {
    return this.#topics.all().flatMap((topic) => {
      const messages = this.#topics.attempt(() => topic.snapshot(worker), [])
      return messages.length === 0
        ? []
        : [
            batch(
              topic,
              messages.map((message) => [message, SUPERVISOR]),
            ),
          ]
    })
  }

  /** Forwards the last messages of a worker that has exited, then reports its exit. */
  workerGone(worker: number): void {
    for (const topic of this.#gathered.keys()) this.#flush(topic)
    for (const each of this.#workers()) each.send({ type: 'worker-gone', worker })
    this.#topics.workerGone(worker)
  }

  #gather(topic: Topic<unknown>, forMs: number, message: unknown, from: number): void {
    let gathered = this.#gathered.get(topic)
    if (!gathered) {
      gathered = { latest: new Map(), timer: setTimeout(() => this.#flush(topic), forMs) }
      this.#gathered.set(topic, gathered)
    }
    gathered.latest.set(from, { message, atMs: this.#clock() })
  }

  #flush(topic: Topic<unknown>): void {
    const { latest, timer } = this.#gathered.get(topic)!
    clearTimeout(timer)
    this.#gathered.delete(topic)
    const nowMs = this.#clock()
    const entries = [...latest].map(([from, { message, atMs }]): Entry => [
      topic.gather!.aged(message, nowMs - atMs),
      from,
    ])
    this.#forward(topic, entries)
  }

  #forward(topic: Topic<unknown>, entries: readonly Entry[]): void {
    if (topic.forward === 'none') return
    for (const worker of this.#workers())
      send(worker, topic, topic.forward === 'all' ? entries : entries.filter(([, from]) => from !== worker.id))
  }
}

const batch = ({ name }: Topic<unknown>, entries: readonly Entry[]): BusMessage => ({
  type: 'topic',
  topic: name,
  entries,
})

function send(worker: Recipient, topic: Topic<unknown>, entries: readonly Entry[]): void {
  if (entries.length > 0) worker.send(batch(topic, entries))
}
