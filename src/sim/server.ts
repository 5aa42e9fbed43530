// A whole simulated inference server: engine, clock, handlers, and an HTTP front that behaves like vLLM's.
import { createEngine } from './engine/engine.ts'
import { PROFILES, type ProfileName } from './engine/profiles.ts'
import { createRandom } from './engine/random.ts'
import { applyFault } from './faults/apply.ts'
import type { Fault } from './faults/fault.ts'
import { createFaults, type Faults } from './faults/faults.ts'
import { handleFaults } from './handlers/faults.ts'
import { isModelCall, route } from './handlers/routes.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createRunner, type Listener } from './runner.ts'
import type { ServerState } from './server-state.ts'
import { listen, type Port } from './transport/port.ts'
import type { Reply, SimCall } from './wire/reply.ts'

export interface SimServerOptions {
  /** The name it answers to; `sim-1b` unless said. */
  readonly model?: string
  /** What it costs; follows from the model's name unless said. */
  readonly profile?: ProfileName
  readonly hostname?: string
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** For the chance of faults and for ids. Answers do not depend on it: a fleet says the same thing everywhere. */
  readonly seed?: number
  /** How many times faster than the profile; 0 means that nothing takes time. */
  readonly speed?: number
  /** Armed from the start. */
  readonly faults?: readonly Fault[]
  /** Longest prompt and answer together, in tokens. */
  readonly maxModelTokens?: number
}

export interface SimServer {
  readonly url: string
  readonly port: number
  readonly model: string
  readonly metrics: Metrics
  readonly engine: ServerState['engine']
  readonly faults: Faults
  /** Stops at once, closing every connection. */
  stop(): void
}

export const BLOCK_TOKENS = 16
export const MAX_MODEL_TOKENS = 131_072

/** The profile whose size is in the name (`llama-70b`, `sim-3b`), or that of a small model. */
export const profileOf = (model: string): ProfileName =>
  (Object.keys(PROFILES) as ProfileName[]).find((name) =>
    model
      .toLowerCase()
      .split(/[^a-z0-9.]+/)
      .includes(name),
  ) ?? '1b'

/** Listens when this resolves. Throws what listening throws. */
export async function createSimServer(options: SimServerOptions = {}): Promise<SimServer> {
  const hostname = options.hostname ?? '127.0.0.1'
  const state = createState(options)
  const faults: Faults = createFaults(createRandom(options.seed ?? 1), () => port)
  const port: Port = listen(hostname, options.port ?? 0, (call) => serve(state, faults, call))
  for (const fault of options.faults ?? []) await faults.arm(fault)
  return {
    url: `http://${hostname}:${port.port}`,
    port: port.port,
    model: state.model,
    metrics: state.metrics,
    engine: state.engine,
    faults,
    stop() {
      state.runner.stop()
      port.stop()
    },
  }
}

async function serve(state: ServerState, faults: Faults, call: SimCall): Promise<Reply> {
  if (call.path === '/sim/faults') return handleFaults(faults, call)
  const fault = isModelCall(call.path) ? faults.draw() : undefined
  return fault ? applyFault(fault, () => answer(state, call)) : answer(state, call)
}

function createState(options: SimServerOptions): ServerState {
  const model = options.model ?? 'sim-1b'
  const engine = createEngine<Listener>(PROFILES[options.profile ?? profileOf(model)], {
    blockTokens: BLOCK_TOKENS,
    speed: options.speed === 0 ? Number.POSITIVE_INFINITY : (options.speed ?? 1),
  })
  return {
    model,
    context: { model, blockTokens: BLOCK_TOKENS, maxModelTokens: options.maxModelTokens ?? MAX_MODEL_TOKENS },
    engine,
    runner: createRunner(engine),
    metrics: createMetrics(),
    startedAt: Math.floor(Date.now() / 1000),
    nextId: createIds(options.seed ?? 1),
  }
}

/** Ids that are the same in every run and differ within one. */
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

/** The handlers' answer with what every answer carries. */
async function answer(state: ServerState, call: SimCall): Promise<Reply> {
  const reply = await route(state, call)
  if (reply.type === 'none') return reply
  const extra: Record<string, string> = { 'x-request-id': call.header('x-request-id') ?? state.nextId() }
  const load = loadReport(state, call.header('endpoint-load-metrics-format'))
  if (load !== undefined) extra['endpoint-load-metrics'] = load
  return { ...reply, headers: { ...reply.headers, ...extra } }
}

/** ORCA, as vLLM spells it (vllm-project/vllm#24905). */
function loadReport({ engine }: ServerState, format: string | undefined): string | undefined {
  const metrics = { kv_cache_usage_perc: engine.kvUsage, num_requests_waiting: engine.waiting }
  switch (format?.toUpperCase()) {
    case 'TEXT':
      return `TEXT ${Object.entries(metrics)
        .map(([name, value]) => `named_metrics.${name}=${value}`)
        .join(', ')}`
    case 'JSON':
      return `JSON ${JSON.stringify({ named_metrics: metrics })}`
    default:
      return undefined
  }
}
