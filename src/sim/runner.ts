// Drives an engine by the wall clock: one timer per server. When the timer is late the engine catches up, so that the
// pace holds on average.
import type { Engine, EngineRequest, Sequence } from './engine/engine.ts'

export interface Listener {
  /** One more token of this sequence at the end of a step; `generatedTokens` says which, counting from 1. */
  token(sequence: Sequence<Listener>, atMs: number): void
}

export interface Runner {
  /** Milliseconds on the engine's clock. */
  now(): number
  submit(request: EngineRequest<Listener>): Sequence<Listener>
  cancel(sequence: Sequence<Listener>): void
  stop(): void
}

/**
 * Further behind than this the engine's clock stands still instead. A machine too slow for its speed would otherwise
 * fall behind ever further, and never come to read from its sockets that half of the clients have left.
 */
const MOST_LATE_MS = 100

/** `clock` counts milliseconds from anywhere. */
export function createRunner(engine: Engine<Listener>, clock: () => number = () => performance.now()): Runner {
  let timer: Timer | undefined
  let queued = false
  let lostMs = 0
  const now = () => clock() - lostMs

  function pump(): void {
    queued = false
    timer = undefined
    lostMs += Math.max(0, now() - engine.nextStepEndsAt - MOST_LATE_MS)
    const untilMs = now()
    while (engine.nextStepEndsAt <= untilMs) {
      const atMs = engine.nextStepEndsAt
      for (const sequence of engine.step()) sequence.tag.token(sequence, atMs)
    }
    schedule()
  }

  function schedule(): void {
    if (timer !== undefined || queued || engine.nextStepEndsAt === Number.POSITIVE_INFINITY) return
    const delayMs = engine.nextStepEndsAt - now()
    if (delayMs > 0 || engine.speed !== Number.POSITIVE_INFINITY) timer = setTimeout(pump, Math.max(0, delayMs))
    else {
      queued = true
      queueMicrotask(pump)
    }
  }

  return {
    now,
    submit(request) {
      const sequence = engine.submit(request, now())
      schedule()
      return sequence
    },
    cancel: (sequence) => engine.cancel(sequence),
    stop: () => clearTimeout(timer),
  }
}
