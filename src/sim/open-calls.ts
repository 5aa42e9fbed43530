import type { Reply, SimCall } from './wire/reply.ts'

/** A model call that has come and whose answer has not ended. */
export interface OpenCall {
  /** The client's `x-request-id`, empty when it sent none. */
  readonly id: string
  readonly path: string
  readonly ageMs: number
}

/** The calls that a server is busy with, those that a fault keeps hanging included: whoever asks finds orphans here. */
export interface OpenCalls {
  /** Watches one call until its answer has ended, has been broken off, or its client has left. */
  watch(call: SimCall, answer: (call: SimCall) => Promise<Reply>): Promise<Reply>
  list(): readonly OpenCall[]
}

/** `clock` counts milliseconds from anywhere. */
export function createOpenCalls(clock: () => number = () => performance.now()): OpenCalls {
  const open = new Map<SimCall, number>()
  return {
    async watch(call, answer) {
      const { signal } = call
      open.set(call, clock())
      const over = () => void open.delete(call)
      if (signal.aborted) over()
      else signal.addEventListener('abort', over, { once: true })
      const reply = await answer(call)
      if (reply.type === 'whole') over()
      return reply.type === 'stream'
        ? { ...reply, start: (sink) => reply.start({ ...sink, end: ended(sink.end, over) }) }
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

const ended = (end: () => void, over: () => void) => () => {
  over()
  end()
}
