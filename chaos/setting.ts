// The gateway's configuration, and what a change of the plan makes of it.
import type { Change, Place } from './plan.ts'

/** The models of the pools, in their order; also their names at the servers. */
export const MODELS = ['sim-1b', 'sim-3b'] as const

const PROVIDER = {
  type: 'vllm',
  timeouts: { firstEvent: '4s', idle: '1s', total: '30s' },
  health: { interval: '1s', timeout: '500ms', cooldown: '1s' },
}

/** `urls[pool][server]`. A text is a file that cannot be read. */
export function settingFor(urls: readonly (readonly string[])[], change?: Change): object | string {
  if (change?.type === 'broken') return 'models: { a: [ broken'
  const providers = Object.fromEntries(
    urls.map((servers, pool) => [`pool${pool}`, { ...PROVIDER, endpoints: endpointsOf(servers, pool, change) }]),
  )
  const models = Object.fromEntries(urls.map((_, pool) => [MODELS[pool], modelOf(pool, change)]))
  return {
    log: { requests: false },
    providers,
    models: change?.type === 'model' ? { ...models, another: `pool0/${MODELS[0]}` } : models,
  }
}

const modelOf = (pool: number, change: Change | undefined) => ({
  targets: [`pool${pool}/${MODELS[pool]}`],
  retries: 4,
  policy: change?.type === 'policy' && change.pool === pool ? change.policy : 'least_request',
})

function endpointsOf(servers: readonly string[], pool: number, change: Change | undefined): object[] {
  const isMeant = (server: number, place: Place) => place.pool === pool && place.server === server
  return servers.flatMap((url, server) => {
    const isChanged = change !== undefined && 'place' in change && isMeant(server, change.place)
    if (isChanged && change.type === 'remove') return []
    return [{ url, ...(isChanged && { drain: true }) }]
  })
}
