import type { BusMessage, Entry, Published } from './bus-messages.ts'
import { type BusOptions, JoinedTopics } from './joined-topics.ts'
import { type Bus, type Publish, SUPERVISOR, type Topic } from './topic.ts'

export interface WorkerBusOptions extends BusOptions {
  /** Sends to the supervisor. */
  readonly send: (message: Published) => void
}

/** A worker's end: publishes to the supervisor, and applies what the supervisor sends. */
export class WorkerBus implements Bus {
  readonly #topics: JoinedTopics
  readonly #send: (message: Published) => void

  constructor({ send, ...options }: WorkerBusOptions) {
    this.#topics = new JoinedTopics(options)
    this.#send = send
  }

  join<Message>(topic: Topic<Message>): Publish<Message> {
    this.#topics.add(topic)
    return (message) => this.#send({ type: 'publish', topic: topic.name, message })
  }

  /** `heldMs`: how long ago the message was sent; a process that starts reads its first ones late. */
  receive(message: BusMessage, heldMs = 0): void {
    if (message.type === 'worker-gone') return this.#topics.workerGone(message.worker)
    const topic = this.#topics.find(message.topic, SUPERVISOR)
    if (!topic) return
    const aged = heldMs > 0 ? topic.gather?.aged : undefined
    const { entries } = message
    this.#topics.apply(topic, aged ? entries.map(([each, from]): Entry => [aged(each, heldMs), from]) : entries)
  }
}
