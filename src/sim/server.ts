// A complete simulated inference server: engine, clock, handlers, and an HTTP server that behaves like vLLM's.
import { createRandom } from './engine/random.ts'
import { applyFault } from './faults/apply.ts'
import type { Fault } from './faults/fault.ts'
import { createFaults, type Faults } from './faults/faults.ts'
import { handleFaults } from './handlers/faults.ts'
import { isModelCall, route, errorStyleAt } from './handlers/routes.ts'
import type { Metrics } from './metrics.ts'
import type { Rejections } from './rejections.ts'
import { createOpenCalls, type OpenCalls } from './open-calls.ts'
import { createServerState, type ServerState, type StateOptions } from './server-state.ts'
import { listen, type Port } from './transport/port.ts'
import { jsonReply, type Reply, type SimCall } from './wire/reply.ts'

export interface SimServerOptions extends StateOptions {
  readonly hostname?: string
  /** 0, the default, means any free port. */
  readonly port?: number
  /** Armed from the start. */
  readonly faults?: readonly Fault[]
}

export interface SimServer {
  readonly url: string
  readonly port: number
  readonly model: string
  readonly metrics: Metrics
  readonly engine: ServerState['engine']
  readonly faults: Faults
  readonly rejections: Rejections
  /** Stops at once, closing every connection. */
  stop(): void
}

/** Resolves when the server listens. Throws if it cannot listen. */
export async function createSimServer(options: SimServerOptions = {}): Promise<SimServer> {
  const hostname = options.hostname ?? '127.0.0.1'
  const state = createServerState(options)
  const faults: Faults = createFaults(createRandom(options.seed ?? 1), () => port)
  const calls = createOpenCalls()
  const port: Port = listen(hostname, options.port ?? 0, (call) => serve(state, faults, calls, call))
  for (const fault of options.faults ?? []) await faults.arm(fault)
  return {
    url: `http://${hostname}:${port.port}`,
    port: port.port,
    model: state.model,
    metrics: state.metrics,
    engine: state.engine,
    faults,
    rejections: state.rejections,
    stop() {
      state.runner.stop()
      port.stop()
    },
  }
}

async function serve(state: ServerState, faults: Faults, calls: OpenCalls, call: SimCall): Promise<Reply> {
  if (call.path === '/sim/faults') return handleFaults(faults, call)
  if (call.path === '/sim/rejections') return jsonReply({ rejections: state.rejections.list() })
  if (call.path === '/sim/calls') return jsonReply({ calls: calls.list() })
  if (!isModelCall(call.path)) return answer(state, call)
  const fault = faults.draw()
  return calls.watch(call, () =>
    fault ? applyFault(fault, errorStyleAt(call.path), () => answer(state, call)) : answer(state, call),
  )
}

/** The reply of the handlers with the headers of every reply. */
async function answer(state: ServerState, call: SimCall): Promise<Reply> {
  const reply = await route(state, call)
  if (reply.type === 'none') return reply
  const extra: Record<string, string> = { 'x-request-id': call.header('x-request-id') ?? state.nextId() }
  const load = loadReport(state, call.header('endpoint-load-metrics-format'))
  if (load !== undefined) extra['endpoint-load-metrics'] = load
  return { ...reply, headers: { ...reply.headers, ...extra } }
}

/** An ORCA load report in vLLM's spelling (vllm-project/vllm#24905). */
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
