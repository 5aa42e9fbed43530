import { GatewayError } from '../../errors.ts'
import { quote, suggestion } from '../../near-names.ts'
import { chooseArm, type Split } from '../../routing/split.ts'
import { type FoundModel, isSameModel, type Route, type RoutingTable } from '../../routing/table.ts'
import type { Call } from '../call/call.ts'

/** The choice of a split, as observers get it. */
export interface SplitChoice {
  readonly split: string
  readonly arm: string
  readonly forced: boolean
}

export interface ModelChoice {
  readonly found: FoundModel
  readonly split: SplitChoice | undefined
}

/** The model that a call requests. Throws GatewayError `model_not_found` or `missing_required_parameter`. */
export function chooseModel(call: Call): ModelChoice {
  const { route, snapshot, pathModel } = call.arrival
  const requested = pathModel ?? call.body.envelope.model
  const tag = call.arrival.api?.defaultTag
  if (route.type === 'open') return { found: findRequested(requested, snapshot.table, tag), split: undefined }
  const names = route.type === 'model' ? [route.model] : route.split.arms.map((arm) => arm.model)
  checkRequested(requested, names, route, snapshot.table, tag)
  if (route.type === 'model') return { found: snapshot.table.find(route.model)!, split: undefined }
  const { arm, forced } = decideArm(call, route.split)
  return { found: snapshot.table.find(arm)!, split: { split: route.path, arm, forced } }
}

function findRequested(requested: string | undefined, table: RoutingTable, tag: string | undefined): FoundModel {
  if (requested === undefined || requested === '')
    throw new GatewayError('missing_required_parameter', '"model" is missing.', { param: 'model' })
  const found = findTagged(requested, table, tag)
  if (found) return found
  const auto = requested === 'auto' ? ' "auto" works on a route that is bound to a model or a split.' : ''
  throw new GatewayError(
    'model_not_found',
    `There is no model ${quote(requested)}.${auto}${suggestion(requested, table.names())}`,
    { param: 'model' },
  )
}

/** The name without the tag that clients of an API may add; undefined if it has none. */
export const withoutTag = (name: string, tag: string | undefined): string | undefined =>
  tag !== undefined && name.endsWith(tag) ? name.slice(0, -tag.length) : undefined

function findTagged(name: string, table: RoutingTable, tag: string | undefined): FoundModel | undefined {
  const untagged = withoutTag(name, tag)
  return table.find(name) ?? (untagged === undefined ? undefined : table.find(untagged))
}

/** On a bound route, `model` may be absent, empty, `auto`, or the name of a model that the route serves. */
function checkRequested(
  requested: string | undefined,
  names: readonly string[],
  route: Route,
  table: RoutingTable,
  tag: string | undefined,
): void {
  if (requested === undefined || requested === '' || requested === 'auto') return
  const found = findTagged(requested, table, tag)
  if (found && names.some((name) => isSameModel(table.find(name), found))) return
  const allowed = [...names, 'auto'].map(quote).join(', ')
  throw new GatewayError(
    'model_not_found',
    `The route ${route.path} does not serve the model ${quote(requested)}. Send one of ${allowed}, or leave out "model".`,
    { param: 'model' },
  )
}

function decideArm(call: Call, split: Split): { arm: string; forced: boolean } {
  const forced = call.arrival.client.headers.get('x-sluice-arm')
  if (forced === null || call.principal.role !== 'admin')
    return { arm: chooseArm(split, stickyKey(call, split) ?? call.arrival.id).model, forced: false }
  if (split.arms.some((arm) => arm.model === forced)) return { arm: forced, forced: true }
  const arms = split.arms.map((arm) => quote(arm.model)).join(', ')
  throw new GatewayError('invalid_request', `x-sluice-arm does not name an arm of this split. Its arms: ${arms}.`)
}

/** The value that the split sticks to; undefined if the request has none. Each request then gets an arm of its own. */
function stickyKey(call: Call, { sticky }: Split): string | undefined {
  const { headers } = call.arrival.client
  switch (sticky.type) {
    case 'user':
      return call.body.envelope.user || undefined // an empty name identifies no user
    case 'key':
      return call.principal.id || undefined
    case 'session':
      return headers.get('x-session-id') ?? headers.get('x-conversation-id') ?? undefined
    case 'header':
      return headers.get(sticky.name) ?? undefined
    case 'none':
      return undefined
  }
}
