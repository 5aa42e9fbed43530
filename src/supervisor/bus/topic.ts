/** The supervisor's number on the bus. Workers count from 1, and no number is used twice. */
export const SUPERVISOR = 0

/**
 * State that the processes of one machine share. Every process joins with a topic of the same name.
 *
 * Messages pass through a structured clone. Their shape is not checked on arrival, because all processes run the same
 * program. If the shape changes, change the name too: a worker of another version then ignores the message.
 */
export interface Topic<Message> {
  readonly name: string
  /** The workers to which the supervisor forwards a worker's message, after it has applied the message itself. */
  readonly forward: 'none' | 'others' | 'all'
  readonly gather?: Gathering<Message>
  /**
   * Called in the supervisor: the messages that give a new worker the present state. The worker receives them before it
   * listens, and again when it is ready. Applying a message twice must therefore have the effect of applying it once.
   */
  snapshot(worker: number): readonly Message[]
  /**
   * `from`: the worker that published the message, or SUPERVISOR. With `forward: 'all'` a worker receives its own, too.
   */
  apply(message: Message, from: number): void
  /** Called after the last of several messages that arrived together. */
  batchApplied?(): void
  /** Called in every process when a worker has exited, after the last of its messages. May be called twice. */
  workerGone?(worker: number): void
}

/**
 * For topics whose messages replace each other: the supervisor forwards the latest message of each worker, together.
 */
export interface Gathering<Message> {
  /** How long the supervisor waits for the messages of other workers. */
  readonly forMs: number
  /** The same message, `heldMs` later: durations in it have grown. */
  aged(message: Message, heldMs: number): Message
}

/** In a worker: sends to the supervisor. In the supervisor: sends to all workers. Applies nothing in this process. */
export type Publish<Message> = (message: Message) => void

/** One process's end of the bus. */
export interface Bus {
  /** Throws Error if a topic of this name has joined before. */
  join<Message>(topic: Topic<Message>): Publish<Message>
}
