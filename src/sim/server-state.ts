import type { Engine } from './engine/engine.ts'
import type { Metrics } from './metrics.ts'
import type { PlanContext } from './plan/plan.ts'
import type { Listener, Runner } from './runner.ts'

/** What the handlers of one simulated server share. */
export interface ServerState {
  readonly model: string
  readonly context: PlanContext
  readonly engine: Engine<Listener>
  readonly runner: Runner
  readonly metrics: Metrics
  /** Seconds since 1970. */
  readonly startedAt: number
  /** 32 hex digits, never twice. */
  nextId(): string
}
