// The gateway's configuration, with the change of a step applied.
import type { Change, ServerPosition } from './plan.ts'

/** The model of each pool, which is also its name at the servers. */
export const MODELS = ['sim-1b', 'sim-3b'] as const

const PROVIDER = {
  type: 'vllm',
  timeouts: { firstEvent: '4s', idle: '1s', total: '30s' },
  health: { interval: '1s', timeout: '500ms', cooldown: '1s' },
}

/** `urls[pool][server]`. Returns a text instead of data for a file that cannot be parsed. */
export function configFor(urls: readonly (readonly string[])[], change?: Change): object | string {
  if (change?.type === 'broken') return 'models: { a: [ broken'
  if (change?.type === 'emptied') return ''
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
  const isTarget = (server: number, position: ServerPosition) => position.pool === pool && position.server === server
  return servers.flatMap((url, server) => {
    const isChanged = change !== undefined && 'position' in change && isTarget(server, change.position)
    if (isChanged && change.type === 'remove') return []
    return [{ url, ...(isChanged && { drain: true }) }]
  })
}
