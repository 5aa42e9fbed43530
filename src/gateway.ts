import { GatewayError } from './errors.ts'
import { authenticated } from './pipeline/arrive/authenticated.ts'
import { callerOverrides } from './pipeline/arrive/caller-overrides.ts'
import { bodyRead } from './pipeline/arrive/read-body.ts'
import { Call } from './pipeline/call/call.ts'
import { compose } from './pipeline/call/step.ts'
import { countTokens } from './pipeline/operations/count-tokens.ts'
import { listModels } from './pipeline/operations/list-models.ts'
import { listRunning, showModel, showVersion } from './pipeline/operations/ollama-pages.ts'
import { matchPath, requestedApi } from './pipeline/arrive/match-path.ts'
import type { Arrival, PathMatch } from './pipeline/call/arrival.ts'
import { observed } from './pipeline/arrive/observed.ts'
import { passThrough } from './pipeline/pass-through/pass-through.ts'
import type { Observers } from './telemetry/observer.ts'
import type { Snapshot } from './pipeline/call/snapshot.ts'
import type { EndpointParts } from './pipeline/choose/endpoint-search.ts'
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
}

/** Connects the steps that each operation passes. It contains no decisions of its own. */
export function createGateway(first: Snapshot, parts: GatewayParts): Gateway {
  const { observers, detached } = parts
  const arrived = [observed(observers, detached), authenticated]
  // Limits, budgets and the cache belong between the overrides and the models.
  const steps = [...arrived, bodyRead(parts.watchdog), callerOverrides]
  const proxy = compose(steps, tryModels(parts))
  const handles = new Map([
    ['models', compose(arrived, listModels)],
    ['running-models', compose(arrived, listRunning)],
    ['server-version', compose(arrived, showVersion)],
    ['model-details', compose([...arrived, bodyRead(parts.watchdog)], showModel)],
    ['count', compose(steps, countTokens(parts))],
    ['passthrough', compose(steps, passThrough(parts))],
  ])
  let snapshot = first
  let matches = new Map<string, PathMatch>()

  /** Remembers matches, because paths repeat. Bounded, so that hostile clients cannot fill the memory. */
  function match(path: string): PathMatch | undefined {
    const known = matches.get(path)
    if (known) return known
    const found = matchPath(path, snapshot.table)
    if (found?.pathModel === undefined && found && matches.size < 1000) matches.set(path, found)
    return found
  }

  function reject(
    error: GatewayError,
    { id, clientAddress, arrivedMs }: Pick<Arrival, 'id' | 'clientAddress' | 'arrivedMs'>,
  ): Response {
    const durationMs = performance.now() - arrivedMs
    observers.requestRejected({ id, clientAddress, durationMs, error, writes: snapshot.logsCalls })
    return errorResponse(error, id)
  }

  return {
    async answer(request, path, connection) {
      const { clientAddress } = connection
      const arrivedMs = performance.now()
      const id = requestIdOf(request)
      const found = match(path)
      const facts = { id, clientAddress, arrivedMs }
      if (!found) return reject(unknownPath(path), facts)
      const methods = METHODS.get(found.operation) ?? POST
      const handle = handles.get(found.operation) ?? proxy
      if (!methods.includes(request.method)) return reject(wrongMethod(request.method, path, methods.join(', ')), facts)
      const api = requestedApi(found, request.url)
      const call = new Call({ ...found, ...facts, client: request, payload: request, snapshot, api })
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
      matches = new Map()
    },
  }
}

/** Methods of an operation, `POST` for all others. A closed list, because the method is a label of metrics. */
const METHODS: ReadonlyMap<string, readonly string[]> = new Map([
  ['models', ['GET']],
  ['running-models', ['GET']],
  ['server-version', ['GET']],
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

const unknownPath = (path: string) =>
  new GatewayError(
    'not_found',
    STORED_RESPONSE.test(path)
      ? 'Sluice does not store responses, so they cannot be retrieved, cancelled or deleted. Send the whole conversation with each request.'
      : `The path ${path.slice(0, 200)} does not exist. Use a base URL that ends in /v1; the chat API is POST /v1/chat/completions.`,
  )

const STORED_RESPONSE = /\/responses\/[^/]+(?:\/(?:cancel|input_items))?$/

const wrongMethod = (method: string, path: string, allowed: string) =>
  new GatewayError('method_not_allowed', `The path ${path.slice(0, 200)} does not accept ${method}: use ${allowed}.`, {
    headers: { allow: allowed },
  })
