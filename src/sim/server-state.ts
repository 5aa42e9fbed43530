import { contextWindow } from '../formats/translation/model-limits.ts'
import { createEngine, type Engine } from './engine/engine.ts'
import { PROFILES, type ProfileName } from './engine/profiles.ts'
import { createRandom } from './engine/random.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { PlanContext } from './plan/plan.ts'
import type { Script } from './plan/script.ts'
import type { StrictMode } from './rules/strict.ts'
import { createRejections, type Rejections } from './rejections.ts'
import { createRunner, type Listener, type Runner } from './runner.ts'
import { createStoredResponses, type StoredResponses } from './stored/stored-responses.ts'

export interface StateOptions {
  /** The model name; default: `sim-1b`. */
  readonly model?: string
  /** The cost profile; default: from the model's name. */
  readonly profile?: ProfileName
  /** Seed of the random choice of faults and of ids. Responses do not depend on it: all servers of a fleet return the same. */
  readonly seed?: number
  /** How many times faster than the profile; 0: without delays. */
  readonly speed?: number
  /** The only chat format that it serves; default: all. */
  readonly format?: string
  /** Maximum tokens of prompt and output together; default: the context window of the model that it plays. */
  readonly maxModelTokens?: number
  /** Refuse what the real provider of each API format refuses; default: no. */
  readonly strict?: StrictMode
  /** What the model says instead of what it would generate. */
  readonly scripts?: readonly Script[]
}

/** The state that the handlers of one simulated server share. */
export interface ServerState {
  readonly model: string
  readonly format: string | undefined
  readonly strict: StrictMode | undefined
  readonly context: PlanContext
  readonly engine: Engine<Listener>
  readonly runner: Runner
  readonly metrics: Metrics
  readonly rejections: Rejections
  /** Responses of the Responses API. */
  readonly stored: StoredResponses
  /** Seconds since 1970. */
  readonly startedAt: number
  /** 32 hex digits, unique within the server. */
  nextId(): string
}

export const BLOCK_TOKENS = 16
const MAX_MODEL_TOKENS = 131_072

/** The context window of the model that the server plays, or a usual one. */
export const maxModelTokensOf = (model: string): number => contextWindow(model) ?? MAX_MODEL_TOKENS

/** The profile whose size is in the name (`llama-70b`, `sim-3b`), or that of a small model. */
export const profileOf = (model: string): ProfileName =>
  (Object.keys(PROFILES) as ProfileName[]).find((name) =>
    model
      .toLowerCase()
      .split(/[^a-z0-9.]+/)
      .includes(name),
  ) ?? '1b'

/** An idle server without an HTTP listener. */
export function createServerState(options: StateOptions = {}): ServerState {
  const model = options.model ?? 'sim-1b'
  const engine = createEngine<Listener>(PROFILES[options.profile ?? profileOf(model)], {
    blockTokens: BLOCK_TOKENS,
    speed: options.speed === 0 ? Number.POSITIVE_INFINITY : (options.speed ?? 1),
  })
  return {
    model,
    format: options.format,
    strict: options.strict,
    context: {
      model,
      blockTokens: BLOCK_TOKENS,
      maxModelTokens: options.maxModelTokens ?? maxModelTokensOf(model),
      ...(options.scripts && { scripts: options.scripts }),
    },
    engine,
    runner: createRunner(engine),
    metrics: createMetrics(),
    rejections: createRejections(),
    stored: createStoredResponses(),
    startedAt: Math.floor(Date.now() / 1000),
    nextId: createIds(options.seed ?? 1),
  }
}

/** Ids that are the same in every run and unique within it. */
function createIds(seed: number): () => string {
  const random = createRandom(seed)
  const hex = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  const salt = hex() + hex() + hex()
  let count = 0
  return () => salt + (++count).toString(16).padStart(8, '0')
}
