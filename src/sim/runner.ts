// Drives an engine by the wall clock: one timer per server. When the timer is late the engine catches up, so that the
// pace holds on average.
import type { Engine, EngineRequest, Sequence } from './engine/engine.ts'

export interface Listener {
  /** One more token of this sequence at the end of a step; `generatedTokens` says which, counting from 1. */
  token(sequence: Sequence<Listener>, atMs: number): void
}

export interface Runner {
  submit(request: EngineRequest<Listener>): Sequence<Listener>
  cancel(sequence: Sequence<Listener>): void
  stop(): void
}

export function createRunner(engine: Engine<Listener>): Runner {
  let timer: Timer | undefined
  let queued = false

  function pump(): void {
    queued = false
    timer = undefined
    const now = performance.now()
    while (engine.nextStepEndsAt <= now) {
      const atMs = engine.nextStepEndsAt
      for (const sequence of engine.step()) sequence.tag.token(sequence, atMs)
    }
    schedule(now)
  }

  function schedule(now: number): void {
    if (timer !== undefined || queued || engine.nextStepEndsAt === Number.POSITIVE_INFINITY) return
    if (engine.nextStepEndsAt > now) timer = setTimeout(pump, engine.nextStepEndsAt - now)
    else {
      queued = true
      queueMicrotask(pump)
    }
  }

  return {
    submit(request) {
      const now = performance.now()
      const sequence = engine.submit(request, now)
      schedule(now)
      return sequence
    },
    cancel: (sequence) => engine.cancel(sequence),
    stop: () => clearTimeout(timer),
  }
}
