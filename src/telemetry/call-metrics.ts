import type { Registry } from './metrics/registry.ts'
import type { CallRecord, Telemetry } from './telemetry.ts'

/** A label for what no configuration names: callers must not be able to make series. */
const NONE = 'none'

/**
 * The metrics of the path of a call. Every label value comes from the configuration or from a closed list, never from a
 * caller. Durations are in seconds.
 */
export function createCallMetrics(registry: Registry): Telemetry {
  const calls = callFamilies(registry)
  const attempts = attemptFamilies(registry)
  const tokens = tokenFamilies(registry)
  const queues = queueFamilies(registry)
  return {
    callStarted: () => calls.inFlight.with().inc(),
    requestRefused({ error }) {
      // Neither path nor method is a label: both are the stranger's to choose.
      calls.requests.with(NONE, NONE, NONE, String(error.status)).inc()
      calls.errors.with(error.code).inc()
    },
    callEnded(call) {
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
    attemptStarted(target, model) {
      attempts.requests.with(target.provider.name, model).inc()
      attempts.picks.with(target.id, model).inc()
      attempts.inFlight.with(target.id).inc()
    },
    attemptEnded(target, model, seconds, error) {
      attempts.inFlight.with(target.id).dec()
      if (error === 'hedge_lost') return // cut before its time: neither an error nor a latency
      attempts.latency.with(target.provider.name, model).observe(seconds)
      if (error !== undefined) attempts.errors.with(target.provider.name, model, error).inc()
    },
    splitChosen: ({ split, arm, forced }) => attempts.splits.with(split, arm, String(forced)).inc(),
    fallbackTaken: (kind, from, to) => attempts.fallbacks.with(kind, from, to).inc(),
    hedgeSent: (model) => attempts.hedges.with(model).inc(),
    hedgeWon: (model) => attempts.hedgesWon.with(model).inc(),
    limitExceeded: (scope) => attempts.limited.with(scope).inc(),
    queueEntered: (model, priority) => queues.depth.with(model, priority).inc(),
    queueLeft(model, priority, seconds) {
      queues.depth.with(model, priority).dec()
      queues.wait.with(model, priority).observe(seconds)
    },
    queueRefused: (model, reason) => queues.refused.with(model, reason).inc(),
    endpointLimit(endpoint, limit) {
      queues.limit.with(endpoint).value = limit
    },
  }
}

const callFamilies = (registry: Registry) => ({
  requests: registry.counter({
    name: 'http_requests_total',
    help: 'Calls answered, by route prefix and status (499: the client left first).',
    labels: ['method', 'route', 'operation', 'status'],
  }),
  duration: registry.histogram({
    name: 'http_request_duration_seconds',
    help: 'From the arrival of a call to its last byte.',
    labels: ['route', 'operation'],
  }),
  translated: registry.counter({
    name: 'sluice_translations_total',
    help: 'Calls whose client and upstream spoke different languages.',
    labels: ['from', 'to'],
  }),
  warnings: registry.counter({
    name: 'sluice_translation_losses_total',
    help: 'Fields of requests and answers that were left out or changed because the other side cannot say them.',
    labels: ['provider', 'model'],
  }),
  inFlight: registry.gauge({ name: 'http_requests_in_flight', help: 'Calls that have come and not ended.' }),
  overhead: registry.histogram({
    name: 'sluice_overhead_seconds',
    help: 'Time of whole answers spent in the gateway itself, from the complete request on, without waiting for upstreams.',
  }),
  continued: registry.counter({
    name: 'sluice_streams_continued_total',
    help: 'Times a stream that broke was gone on with at another endpoint, unseen by the client.',
    labels: ['model'],
  }),
  errors: registry.counter({
    name: 'sluice_errors_total',
    help: 'Calls that ended in an error, by its code (docs/errors.md).',
    labels: ['code'],
  }),
})

const attemptFamilies = (registry: Registry) => ({
  requests: registry.counter({
    name: 'llm_provider_requests_total',
    help: 'Attempts sent to a provider; a retried call counts more than once.',
    labels: ['provider', 'model'],
  }),
  errors: registry.counter({
    name: 'llm_provider_errors_total',
    help: 'Attempts that failed, by error code (client_closed: the client left first).',
    labels: ['provider', 'model', 'code'],
  }),
  latency: registry.histogram({
    name: 'llm_provider_latency_seconds',
    help: 'From sending an attempt to its last byte.',
    labels: ['provider', 'model'],
  }),
  limited: registry.counter({
    name: 'llm_rate_limit_exceeded_total',
    help: 'Calls refused because a limit was reached: upstream is the provider saying 429, the others are ours.',
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
    help: 'Calls dealt to the arm of a split; forced ones asked for it.',
    labels: ['split', 'arm', 'forced'],
  }),
  hedges: registry.counter({
    name: 'sluice_hedges_total',
    help: 'Second attempts sent because the first was slow to begin (hedge).',
    labels: ['model'],
  }),
  hedgesWon: registry.counter({
    name: 'sluice_hedges_won_total',
    help: 'Second attempts that began to answer before the first.',
    labels: ['model'],
  }),
  fallbacks: registry.counter({
    name: 'sluice_fallbacks_total',
    help: 'Calls passed on to a fallback model, by the list that it stands in.',
    labels: ['kind', 'from', 'to'],
  }),
})

const queueFamilies = (registry: Registry) => ({
  depth: registry.gauge({
    name: 'sluice_queue_depth',
    help: 'Calls that wait because every endpoint of their model is full.',
    labels: ['model', 'priority'],
  }),
  wait: registry.histogram({
    name: 'sluice_queue_wait_seconds',
    help: 'How long calls waited for room, those refused or left included.',
    labels: ['model', 'priority'],
  }),
  refused: registry.counter({
    name: 'sluice_queue_refused_total',
    help: 'Calls that found no room and were not let wait, or not longer (docs/overload.md has the reasons).',
    labels: ['model', 'reason'],
  }),
  limit: registry.gauge({
    name: 'sluice_endpoint_limit',
    help: 'Calls that an endpoint may have in flight, where that is learned (admission.adaptiveConcurrency).',
    labels: ['endpoint'],
  }),
})

function tokenFamilies(registry: Registry) {
  const tokens = registry.counter({
    name: 'sluice_tokens_total',
    help: 'Tokens as upstreams reported them; cached ones are part of input.',
    labels: ['provider', 'model', 'kind'],
  })
  const firstToken = registry.histogram({
    name: 'sluice_time_to_first_token_seconds',
    help: 'Of streams: from sending the attempt that answered to its first event.',
    labels: ['provider', 'model', 'arm'],
  })
  const perToken = registry.histogram({
    name: 'sluice_time_per_output_token_seconds',
    help: 'Of streams: time after the first event for each further output token.',
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
