/** A model request that the server rejected. */
export interface Rejection {
  readonly path: string
  readonly status: number
  readonly message: string
}

/** The latest rejected requests of a server. A test of a client or a gateway reads them when its run has ended. */
export interface Rejections {
  add(rejection: Rejection): void
  list(): readonly Rejection[]
}

const MAX_REJECTIONS = 100

export function createRejections(): Rejections {
  const kept: Rejection[] = []
  return {
    add(rejection) {
      if (kept.push(rejection) > MAX_REJECTIONS) kept.shift()
    },
    list: () => [...kept],
  }
}
