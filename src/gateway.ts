import { GatewayError } from './errors.ts'
import { authenticated } from './pipeline/arrive/authenticated.ts'
import { callerOverrides } from './pipeline/arrive/caller-overrides.ts'
import { bodyRead } from './pipeline/arrive/read-body.ts'
import { Call } from './pipeline/call/call.ts'
import { compose } from './pipeline/call/step.ts'
import { countTokens } from './pipeline/operations/count-tokens.ts'
import { listModels } from './pipeline/operations/list-models.ts'
import { matchPath, requestedApi } from './pipeline/arrive/match-path.ts'
import type { PathMatch } from './pipeline/call/arrival.ts'
import { observed } from './pipeline/arrive/observed.ts'
import { passThrough } from './pipeline/pass-through/pass-through.ts'
import type { Observers } from './telemetry/observer.ts'
import type { Snapshot } from './pipeline/call/snapshot.ts'
import type { EndpointParts } from './pipeline/choose/try-endpoints.ts'
import { tryModels } from './pipeline/choose/try-models.ts'
import type { DetachedCalls } from './pipeline/call/detached-calls.ts'
import { requestIdOf } from './http/request-facts.ts'
import type { MaySayNothing } from './http/server.ts'
import { errorAnswer } from './http/answers.ts'

export interface Gateway {
  /** Answers any request that is meant for a model. */
  answer(request: Request, path: string, maySayNothing: MaySayNothing): Promise<Response>
  readonly snapshot: Snapshot
  readonly detached: DetachedCalls
  /** New calls use `next`; those under way keep what they began with. */
  use(next: Snapshot): void
}

export interface GatewayParts extends EndpointParts {
  readonly observers: Observers
}

/** Connects every step of a call's way; decides nothing. */
export function createGateway(first: Snapshot, parts: GatewayParts): Gateway {
  const { observers, detached } = parts
  const arrived = [observed(observers, detached), authenticated]
  // Limits, budgets and the cache take their places between the overrides and the models.
  const steps = [...arrived, bodyRead(parts.watchdog), callerOverrides]
  const proxy = compose(steps, tryModels(parts))
  const handles = new Map([
    ['models', compose(arrived, listModels)],
    ['count', compose(steps, countTokens(parts))],
    ['passthrough', compose(steps, passThrough(parts))],
  ])
  let snapshot = first
  let matches = new Map<string, PathMatch>()

  /** Paths repeat; hostile ones must not fill the memory. */
  function match(path: string): PathMatch | undefined {
    const known = matches.get(path)
    if (known) return known
    const found = matchPath(path, snapshot.table)
    if (found?.pathModel === undefined && found && matches.size < 1000) matches.set(path, found)
    return found
  }

  function refuse(error: GatewayError, id: string, arrivedMs: number): Response {
    const durationMs = performance.now() - arrivedMs
    observers.requestRejected({ id, durationMs, error, writes: snapshot.logsCalls })
    return errorAnswer(error, id)
  }

  return {
    async answer(request, path, maySayNothing) {
      const arrivedMs = performance.now()
      const id = requestIdOf(request)
      const found = match(path)
      if (!found) return refuse(unknownPath(path), id, arrivedMs)
      const methods = METHODS.get(found.operation) ?? POST
      const handle = handles.get(found.operation) ?? proxy
      if (!methods.includes(request.method))
        return refuse(wrongMethod(request.method, path, methods.join(', ')), id, arrivedMs)
      const api = requestedApi(found, request.url)
      const call = new Call({ ...found, id, client: request, payload: request, snapshot, arrivedMs, api })
      const response = await handle(call)
      if (call.outcome.isStreaming) allowSilence(call, maySayNothing)
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

/** The others have one. A closed list, since it is a label of metrics. */
const METHODS: ReadonlyMap<string, readonly string[]> = new Map([
  ['models', ['GET']],
  ['passthrough', ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']],
])
const POST = ['POST']

/**
 * A model may think for minutes in the middle of its answer; the attempt has a clock of its own. Then the connection is one
 * like any other again: a client that vanished without a word must not hold it for ever.
 */
function allowSilence(call: Call, maySayNothing: MaySayNothing): void {
  maySayNothing(true)
  call.outcome.onSettled(() => maySayNothing(false))
}

const unknownPath = (path: string) =>
  new GatewayError(
    'not_found',
    STORED_RESPONSE.test(path)
      ? 'Responses are not kept here, so there is none to get, cancel or delete. Send the whole conversation with each request.'
      : `There is nothing at ${path.slice(0, 200)}. Clients want a base URL that ends in /v1; POST /v1/chat/completions is there.`,
  )

const STORED_RESPONSE = /\/responses\/[^/]+(?:\/(?:cancel|input_items))?$/

const wrongMethod = (method: string, path: string, allowed: string) =>
  new GatewayError('method_not_allowed', `${method} does not work at ${path.slice(0, 200)}: use ${allowed}.`, {
    headers: { allow: allowed },
  })
