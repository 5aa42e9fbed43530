import type { Reply, SimCall } from './wire/reply.ts'

/** A model request whose response has not ended. */
export interface OpenCall {
  /** The client's `x-request-id`; empty if there is none. */
  readonly id: string
  readonly path: string
  readonly ageMs: number
}

/** The open requests of a server, including those that a fault keeps open. Chaos tests find orphans with it. */
export interface OpenCalls {
  /** Tracks one request until its response has ended or was broken off, or its client disconnected. */
  watch(call: SimCall, answer: (call: SimCall) => Promise<Reply>): Promise<Reply>
  list(): readonly OpenCall[]
}

/** `clock` returns milliseconds from an arbitrary start. */
export function createOpenCalls(clock: () => number = () => performance.now()): OpenCalls {
  const open = new Map<SimCall, number>()
  return {
    async watch(call, answer) {
      const { signal } = call
      open.set(call, clock())
      const close = () => void open.delete(call)
      if (signal.aborted) close()
      else signal.addEventListener('abort', close, { once: true })
      const reply = await answer(call)
      if (reply.type === 'whole') close()
      return reply.type === 'stream'
        ? { ...reply, start: (sink) => reply.start({ ...sink, end: ended(sink.end, close) }) }
        : reply
    },
    list: () =>
      [...open].map(([call, sinceMs]) => ({
        id: call.header('x-request-id') ?? '',
        path: call.path,
        ageMs: Math.round(clock() - sinceMs),
      })),
  }
}

const ended = (end: () => void, close: () => void) => () => {
  close()
  end()
}
