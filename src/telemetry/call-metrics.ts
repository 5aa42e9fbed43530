import type { Registry } from './metrics/registry.ts'
import type { AttemptSpan, AttemptStart, CallRecord, CallSpan, Observer } from './observer.ts'

/** The label for names outside the configuration: clients must not be able to create series. */
const NONE = 'none'

/**
 * The metrics of requests and attempts. Every label value comes from the configuration or from a closed list, never
 * from a client. Durations are in seconds.
 */
export function createCallMetrics(registry: Registry): Observer {
  const calls = callFamilies(registry)
  const span = callSpan(registry, calls)
  return {
    callStarted() {
      calls.inFlight.with().inc()
      return span // the span has no state of its own, so one serves all requests
    },
    requestRejected({ error }) {
      // Neither path nor method is a label: the client chooses both.
      calls.requests.with(NONE, NONE, NONE, String(error.status)).inc()
      calls.errors.with(error.code).inc()
    },
  }
}

function callSpan(registry: Registry, calls: ReturnType<typeof callFamilies>): CallSpan {
  const attempts = attemptFamilies(registry)
  const tokens = tokenFamilies(registry)
  const queues = queueFamilies(registry)
  return {
    ended(call) {
      const route = call.route || '/v1'
      calls.inFlight.with().dec()
      calls.requests.with(call.method, route, call.operation, String(call.status)).inc()
      calls.duration.with(route, call.operation).observe(call.durationMs / 1000)
      if (call.overheadMs !== undefined) calls.overhead.with().observe(call.overheadMs / 1000)
      if (call.error?.code === 'upstream_rate_limited') attempts.limited.with('upstream').inc()
      if (call.continuations > 0) calls.continued.with(call.model ?? NONE).inc(call.continuations)
      if (call.error) calls.errors.with(call.error.code).inc()
      if (call.translation) calls.translated.with(call.translation.from, call.translation.to).inc()
      if (call.warnings) calls.warnings.with(call.provider ?? NONE, call.model ?? NONE).inc(call.warnings.length)
      tokens.count(call)
    },
    attemptStarted(attempt) {
      const { candidate, model } = attempt
      attempts.requests.with(candidate.provider.name, model).inc()
      attempts.picks.with(candidate.id, model).inc()
      attempts.inFlight.with(candidate.id).inc()
      return attemptSpan(attempt, attempts, queues)
    },
    splitChosen: ({ split, arm, forced }) => attempts.splits.with(split, arm, String(forced)).inc(),
    fallbackTaken: (kind, from, to) => attempts.fallbacks.with(kind, from, to).inc(),
    hedgeSent: (model) => attempts.hedges.with(model).inc(),
    hedgeWon: (model) => attempts.hedgesWon.with(model).inc(),
    limitExceeded: (scope) => attempts.limited.with(scope).inc(),
    responseStored: (outcome) => calls.stored.with(outcome).inc(),
    queueEntered: (model, priority) => queues.depth.with(model, priority).inc(),
    queueLeft(model, priority, seconds) {
      queues.depth.with(model, priority).dec()
      queues.wait.with(model, priority).observe(seconds)
    },
    queueRefused: (model, reason) => queues.refused.with(model, reason).inc(),
  }
}

const attemptSpan = (
  { candidate, model, startedMs }: AttemptStart,
  families: ReturnType<typeof attemptFamilies>,
  queues: ReturnType<typeof queueFamilies>,
): AttemptSpan => ({
  endpointLimit(limit) {
    queues.limit.with(candidate.id).value = limit
  },
  ended({ endedMs = startedMs, error }) {
    const provider = candidate.provider.name
    families.inFlight.with(candidate.id).dec()
    if (error?.code === 'hedge_lost') return // aborted: neither an error nor a latency
    families.latency.with(provider, model).observe((endedMs - startedMs) / 1000)
    if (error) families.errors.with(provider, model, error.code).inc()
  },
})

const callFamilies = (registry: Registry) => ({
  requests: registry.counter({
    name: 'http_requests_total',
    help: 'HTTP requests by method, route prefix, operation and status (499: the client disconnected).',
    labels: ['method', 'route', 'operation', 'status'],
  }),
  duration: registry.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the arrival of a request to the last byte of its response.',
    labels: ['route', 'operation'],
  }),
  translated: registry.counter({
    name: 'sluice_translations_total',
    help: 'Requests whose client and upstream used different API formats.',
    labels: ['from', 'to'],
  }),
  warnings: registry.counter({
    name: 'sluice_translation_losses_total',
    help: 'Fields of requests and responses that were removed or changed because the other API format has no equivalent.',
    labels: ['provider', 'model'],
  }),
  inFlight: registry.gauge({ name: 'http_requests_in_flight', help: 'Requests in progress.' }),
  overhead: registry.histogram({
    name: 'sluice_overhead_seconds',
    help: 'Responses that are not streams: time spent in the gateway after the request was read, without waiting for upstreams.',
  }),
  continued: registry.counter({
    name: 'sluice_streams_continued_total',
    help: 'Broken streams that another endpoint continued without an error at the client.',
    labels: ['model'],
  }),
  stored: registry.counter({
    name: 'sluice_stored_responses_total',
    help: 'Responses that were to be stored for later requests, by outcome: stored, rejected (too large, or their id is not unique), failed.',
    labels: ['outcome'],
  }),
  errors: registry.counter({
    name: 'sluice_errors_total',
    help: 'Requests that ended in an error, by error code (docs/errors.md).',
    labels: ['code'],
  }),
})

const attemptFamilies = (registry: Registry) => ({
  requests: registry.counter({
    name: 'llm_provider_requests_total',
    help: 'Attempts sent to a provider; a retried request counts more than once.',
    labels: ['provider', 'model'],
  }),
  errors: registry.counter({
    name: 'llm_provider_errors_total',
    help: 'Attempts that failed, by error code (client_closed: the client disconnected).',
    labels: ['provider', 'model', 'code'],
  }),
  latency: registry.histogram({
    name: 'llm_provider_latency_seconds',
    help: 'Time from sending an attempt to the last byte of its response.',
    labels: ['provider', 'model'],
  }),
  limited: registry.counter({
    name: 'llm_rate_limit_exceeded_total',
    help: 'Requests that a limit ended: upstream is a 429 from the provider, the other scopes are limits of the gateway.',
    labels: ['scope'],
  }),
  inFlight: registry.gauge({
    name: 'sluice_endpoint_in_flight',
    help: 'Attempts in flight at an endpoint.',
    labels: ['endpoint'],
  }),
  picks: registry.counter({
    name: 'sluice_endpoint_picks_total',
    help: 'Times an endpoint was chosen for an attempt.',
    labels: ['endpoint', 'model'],
  }),
  splits: registry.counter({
    name: 'sluice_split_calls_total',
    help: 'Requests assigned to an arm of a split; forced ones requested the arm.',
    labels: ['split', 'arm', 'forced'],
  }),
  hedges: registry.counter({
    name: 'sluice_hedges_total',
    help: 'Second attempts sent because the first was slow to begin (hedging).',
    labels: ['model'],
  }),
  hedgesWon: registry.counter({
    name: 'sluice_hedges_won_total',
    help: 'Second attempts that began to respond before the first.',
    labels: ['model'],
  }),
  fallbacks: registry.counter({
    name: 'sluice_fallbacks_total',
    help: 'Requests sent to a fallback model, by the list that names it.',
    labels: ['kind', 'from', 'to'],
  }),
})

const queueFamilies = (registry: Registry) => ({
  depth: registry.gauge({
    name: 'sluice_queue_depth',
    help: 'Requests waiting because every endpoint of their model is full.',
    labels: ['model', 'priority'],
  }),
  wait: registry.histogram({
    name: 'sluice_queue_wait_seconds',
    help: 'Time in the queue, including requests that were rejected or whose client disconnected.',
    labels: ['model', 'priority'],
  }),
  refused: registry.counter({
    name: 'sluice_queue_refused_total',
    help: 'Requests rejected instead of queued, or after waiting in the queue, by reason (docs/overload.md).',
    labels: ['model', 'reason'],
  }),
  limit: registry.gauge({
    name: 'sluice_endpoint_limit',
    help: 'Learned limit of attempts in flight at an endpoint (admission.adaptiveConcurrency).',
    labels: ['endpoint'],
  }),
})

function tokenFamilies(registry: Registry) {
  const tokens = registry.counter({
    name: 'sluice_tokens_total',
    help: 'Tokens as reported by upstreams; cached tokens are part of input.',
    labels: ['provider', 'model', 'kind'],
  })
  const firstToken = registry.histogram({
    name: 'sluice_time_to_first_token_seconds',
    help: 'Streams: time from sending the attempt that responded to its first event.',
    labels: ['provider', 'model', 'arm'],
  })
  const perToken = registry.histogram({
    name: 'sluice_time_per_output_token_seconds',
    help: 'Streams: time after the first event per further output token.',
    labels: ['provider', 'model', 'arm'],
  })
  return {
    count({ usage, provider = NONE, model = NONE, arm = NONE, firstEventMs, streamedMs }: CallRecord): void {
      if (usage) {
        tokens.with(provider, model, 'input').inc(usage.input)
        tokens.with(provider, model, 'output').inc(usage.output)
        if (usage.cached !== undefined) tokens.with(provider, model, 'cached').inc(usage.cached)
      }
      if (firstEventMs === undefined) return
      firstToken.with(provider, model, arm).observe(firstEventMs / 1000)
      const further = (usage?.output ?? 0) - 1
      if (further > 0) perToken.with(provider, model, arm).observe((streamedMs ?? 0) / 1000 / further)
    },
  }
}
