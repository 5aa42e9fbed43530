import { authenticate } from '../access/authenticate.ts'
import { presentedKey } from '../access/presented-key.ts'
import type { Snapshot } from '../pipeline/call/snapshot.ts'
import type { Endpoint } from '../routing/endpoint.ts'
import { reportOf } from '../routing/fleet/report.ts'
import { OWN_PATHS } from '../schema/reserved-paths.ts'
import { METRICS_CONTENT_TYPE } from '../telemetry/metrics/registry.ts'
import { json } from './responses.ts'
import type { Handler, Routes } from './server.ts'

/** What Sluice's own pages show and do. */
export interface Operator {
  readonly snapshot: () => Snapshot
  readonly version: string
  /** False while starting and draining: load balancers must not send new requests. */
  readonly isReady: () => boolean
  readonly reload: () => Promise<{ readonly ok: boolean }>
  readonly reloadStatus: () => { readonly lastError: unknown }
}

/** Health pages. Without a key they show only the status; `/health` with a key also shows details. */
export function healthRoutes(operator: Operator): Routes {
  const alive: Handler = () => json({ status: 'alive' })
  const readiness: Handler = () => {
    const isReady = operator.isReady()
    return json({ status: isReady ? 'ready' : 'not ready' }, isReady ? 200 : 503)
  }
  const health: Handler = (request) => {
    const body = { status: operator.isReady() ? 'ok' : 'draining' }
    if (presentedKey(request) === undefined) return json(body)
    authenticate(request, operator.snapshot().masterKey)
    return json({ ...body, ...details(operator) })
  }
  return {
    [OWN_PATHS.health]: { GET: health },
    [`${OWN_PATHS.health}/liveness`]: { GET: alive },
    [`${OWN_PATHS.health}/liveliness`]: { GET: alive },
    [`${OWN_PATHS.health}/readiness`]: { GET: readiness },
  }
}

/** For Prometheus, on a separate port without a key. */
export const metricsRoutes = (render: () => string | Promise<string>): Routes => ({
  [OWN_PATHS.metrics]: {
    GET: async () => new Response(await render(), { headers: { 'content-type': METRICS_CONTENT_TYPE } }),
  },
})

function shortReport(endpoint: Endpoint) {
  const { state, reason, inFlight, maxConcurrency } = reportOf(endpoint, performance.now())
  return { state, ...(state !== 'ready' && { reason }), inFlight, maxConcurrency }
}

function details({ snapshot, version, reloadStatus }: Operator): object {
  const { table } = snapshot()
  return {
    version,
    uptimeSeconds: Math.round(performance.now() / 1000),
    configuration: reloadStatus(),
    models: table.models.map(({ name, pools, fallbacks }) => ({
      name,
      fallbacks,
      endpoints:
        pools.chat?.candidates.map(({ id, upstreamModel, weight, endpoint }) => ({
          id,
          model: upstreamModel,
          weight,
          ...shortReport(endpoint),
        })) ?? [],
    })),
  }
}
