// What travels on the bus. These are the same for every topic.

/** A message of a topic, and the number of the process that published it. */
export type Entry = readonly [message: unknown, from: number]

/** From a worker to the supervisor, which knows the sender by its pipe. */
export interface Published {
  readonly type: 'publish'
  readonly topic: string
  readonly message: unknown
}

/** From the supervisor to a worker. */
export type BusMessage =
  | { readonly type: 'topic'; readonly topic: string; readonly entries: readonly Entry[] }
  | { readonly type: 'worker-gone'; readonly worker: number }
