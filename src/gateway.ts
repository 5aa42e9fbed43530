import type { GatewayError } from './errors.ts'
import { chatFormat } from './formats/chat-formats.ts'
import { authenticated } from './pipeline/arrive/authenticated.ts'
import { callerOverrides } from './pipeline/arrive/caller-overrides.ts'
import { bodyRead } from './pipeline/arrive/read-body.ts'
import { Call } from './pipeline/call/call.ts'
import { compose } from './pipeline/call/step.ts'
import { compact } from './pipeline/operations/compact.ts'
import { countTokens } from './pipeline/operations/count-tokens.ts'
import { listModels } from './pipeline/operations/list-models.ts'
import { loadAnswered } from './pipeline/operations/ollama-load.ts'
import { listRunning, showModel, showVersion } from './pipeline/operations/ollama-pages.ts'
import { requestedApi } from './pipeline/arrive/match-path.ts'
import { PathMatches } from './pipeline/arrive/path-matches.ts'
import { formatAt, unknownPath, wrongMethod } from './pipeline/arrive/unknown-path.ts'
import type { Arrival } from './pipeline/call/arrival.ts'
import { observed } from './pipeline/arrive/observed.ts'
import { passThrough } from './pipeline/pass-through/pass-through.ts'
import type { Observers } from './telemetry/observer.ts'
import type { Snapshot } from './pipeline/call/snapshot.ts'
import type { EndpointParts } from './pipeline/choose/endpoint-search.ts'
import type { ResponseStore } from './state/response-store.ts'
import { methodsOf, storedResponse } from './pipeline/operations/stored-response.ts'
import { storedResponses } from './pipeline/stored/stored-responses.ts'
import { tryModels } from './pipeline/choose/try-models.ts'
import type { DetachedCalls } from './pipeline/call/detached-calls.ts'
import { requestIdOf } from './http/request-facts.ts'
import type { Connection, IncomingRequest } from './http/server.ts'
import { errorResponse } from './http/responses.ts'

export interface Gateway {
  /** Responds to every request outside Sluice's own pages; an unknown path is an error response. */
  answer(request: IncomingRequest, path: string, connection: Connection): Promise<Response>
  readonly snapshot: Snapshot
  readonly detached: DetachedCalls
  /** New calls use `next`; calls in flight keep the snapshot that they began with. */
  use(next: Snapshot): void
}

export interface GatewayParts extends EndpointParts {
  readonly observers: Observers
  readonly responses: ResponseStore
}

/** Connects the steps that each operation passes. It contains no decisions of its own. */
export function createGateway(first: Snapshot, parts: GatewayParts): Gateway {
  const { observers, detached, responses } = parts
  const arrived = [observed(observers, detached), authenticated]
  // Limits, budgets and the cache belong between the overrides and the models.
  const steps = [...arrived, bodyRead(parts.watchdog), callerOverrides, storedResponses(responses)]
  const proxy = compose([...steps, loadAnswered], tryModels(parts))
  const handles = new Map([
    ['models', compose(arrived, listModels)],
    ['running-models', compose(arrived, listRunning)],
    ['server-version', compose(arrived, showVersion)],
    ['model-details', compose([...arrived, bodyRead(parts.watchdog)], showModel)],
    ['count', compose(steps, countTokens(parts))],
    ['compact', compose(steps, compact(parts))],
    ['passthrough', compose(steps, passThrough(parts))],
    ['stored-response', compose(steps, storedResponse(parts))],
  ])
  let snapshot = first
  let paths = new PathMatches(first.table)

  function reject(
    error: GatewayError,
    format: string,
    { id, clientAddress, arrivedMs }: Pick<Arrival, 'id' | 'clientAddress' | 'arrivedMs'>,
  ): Response {
    const durationMs = performance.now() - arrivedMs
    observers.requestRejected({ id, clientAddress, durationMs, error, writes: snapshot.logsCalls })
    return errorResponse(error, id, chatFormat(format)?.encodeError(error, id))
  }

  return {
    async answer(request, path, connection) {
      const { clientAddress, encodeStream } = connection
      const arrivedMs = performance.now()
      const id = requestIdOf(request)
      const found = paths.match(path)
      const facts = { id, clientAddress, arrivedMs }
      if (!found) {
        const format = formatAt(path, request.headers)
        return reject(unknownPath(path, format), format, facts)
      }
      const methods = found.resource ? methodsOf(found.resource) : (METHODS.get(found.operation) ?? POST)
      const handle = handles.get(found.operation) ?? proxy
      if (!methods.includes(request.method)) {
        const format = found.api?.format ?? formatAt(path, request.headers)
        return reject(wrongMethod(request.method, path, methods.join(', ')), format, facts)
      }
      const api = requestedApi(found, request.url)
      const call = new Call({ ...found, ...facts, client: request, payload: request, encodeStream, snapshot, api })
      const response = await handle(call)
      if (call.outcome.isStreaming) allowIdleWhileStreaming(call, connection)
      return response
    },
    detached,
    get snapshot() {
      return snapshot
    },
    use(next) {
      snapshot = next
      paths = new PathMatches(next.table)
    },
  }
}

/** Methods of an operation, `POST` for all others. A closed list, because the method is a label of metrics. */
const METHODS: ReadonlyMap<string, readonly string[]> = new Map([
  ['models', ['GET', 'HEAD']],
  ['running-models', ['GET', 'HEAD']],
  ['server-version', ['GET', 'HEAD']],
  ['passthrough', ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']],
])
const POST = ['POST']

/**
 * Lifts the idle timeout of the client's connection while a stream runs: a model may pause for minutes, and the attempt
 * has timeouts of its own. Afterwards the idle timeout applies again, so that a client that vanished cannot hold the
 * connection.
 */
function allowIdleWhileStreaming(call: Call, connection: Connection): void {
  connection.allowIdle(true)
  call.outcome.onSettled(() => connection.allowIdle(false))
}
