import type { Log } from '../../telemetry/log.ts'
import type { Entry } from './bus-messages.ts'
import { SUPERVISOR, type Topic } from './topic.ts'

export interface BusOptions {
  readonly log: Pick<Log, 'warn'>
  /** Takes what a topic threw. By default it is counted and logged as an uncaught exception. */
  readonly onError?: (error: unknown) => void
}

/** Invented names must fill neither the log nor the memory. */
const MAX_REPORTED = 100

/** The topics that a process has joined. An error of one message keeps no other message from being applied. */
export class JoinedTopics {
  readonly #topics = new Map<string, Topic<unknown>>()
  readonly #reported = new Set<string>()
  readonly #log: BusOptions['log']
  readonly #onError: (error: unknown) => void

  constructor({ log, onError = throwLater }: BusOptions) {
    this.#log = log
    this.#onError = onError
  }

  all(): readonly Topic<unknown>[] {
    return [...this.#topics.values()]
  }

  add(topic: Topic<unknown>): void {
    if (this.#topics.has(topic.name)) throw new Error(`Two topics have the name "${topic.name}".`)
    this.#topics.set(topic.name, topic)
  }

  /** Undefined for an unknown topic, which is logged once. */
  find(name: string, from: number): Topic<unknown> | undefined {
    const topic = this.#topics.get(name)
    if (!topic) this.#reportUnknown(name, from)
    return topic
  }

  /** Returns whether every message was applied. */
  apply(topic: Topic<unknown>, entries: readonly Entry[]): boolean {
    const isApplied = (entry: Entry) => this.attempt(() => (topic.apply(entry[0], entry[1]), true), false)
    const isComplete = this.attempt(() => !entries.map(isApplied).includes(false), false)
    return this.attempt(() => (topic.batchApplied?.(), isComplete), false)
  }

  workerGone(worker: number): void {
    for (const topic of this.#topics.values()) this.attempt(() => topic.workerGone?.(worker), undefined)
  }

  /** The result of `run`, or `otherwise` if it throws. */
  attempt<Result>(run: () => Result, otherwise: Result): Result {
    try {
      return run()
    } catch (thrown) {
      this.#onError(thrown)
      return otherwise
    }
  }

  #reportUnknown(name: string, from: number): void {
    if (this.#reported.has(name) || this.#reported.size >= MAX_REPORTED) return
    this.#reported.add(name)
    const sender = from === SUPERVISOR ? 'The supervisor' : `Worker ${from}`
    const message = `${sender} sent a message of an unknown topic. It was ignored.`
    this.#log.warn({ topic: name }, `${message} Restart Sluice, so that all its processes run the same version.`)
  }
}

const throwLater = (error: unknown): void =>
  queueMicrotask(() => {
    throw error
  })
