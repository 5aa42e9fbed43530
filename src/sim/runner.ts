// Drives an engine by the wall clock: one timer per server. When the timer is late the engine catches up, so that the
// pace holds on average.
import type { Engine, EngineRequest, Sequence } from './engine/engine.ts'

export interface Listener {
  /** Called for each token at the end of its step; `generatedTokens` is its number, counting from 1. */
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
 * The maximum lag that is caught up; beyond it the engine's clock stands still. Otherwise a machine that is too slow for
 * the speed would fall behind more and more, and never read from its sockets that clients have disconnected.
 */
const MAX_LAG_MS = 100

/** `clock` returns milliseconds from an arbitrary start. */
export function createRunner(engine: Engine<Listener>, clock: () => number = () => performance.now()): Runner {
  let timer: Timer | undefined
  let queued = false
  let lostMs = 0
  const now = () => clock() - lostMs

  function pump(): void {
    queued = false
    timer = undefined
    lostMs += Math.max(0, now() - engine.nextStepEndsAt - MAX_LAG_MS)
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
