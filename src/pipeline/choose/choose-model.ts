import { GatewayError } from '../../errors.ts'
import { quote, suggestion } from '../../near-names.ts'
import { chooseArm, type Split } from '../../routing/split.ts'
import { type FoundModel, isSameModel, type Route, type RoutingTable } from '../../routing/table.ts'
import type { Call } from '../call/call.ts'

/** What the choice of a split is reported as. */
export interface SplitChoice {
  readonly split: string
  readonly arm: string
  readonly forced: boolean
}

export interface ModelChoice {
  readonly found: FoundModel
  readonly split: SplitChoice | undefined
}

/** The model that a call means. Throws GatewayError `model_not_found` or `missing_required_parameter`. */
export function chooseModel(call: Call): ModelChoice {
  const { route, snapshot, pathModel } = call.arrival
  const asked = pathModel ?? call.body.envelope.model
  if (route.type === 'open') return { found: findAsked(asked, snapshot.table), split: undefined }
  const names = route.type === 'model' ? [route.model] : route.split.arms.map((arm) => arm.model)
  checkAsked(asked, names, route, snapshot.table)
  if (route.type === 'model') return { found: snapshot.table.find(route.model)!, split: undefined }
  const { arm, forced } = decideArm(call, route.split)
  return { found: snapshot.table.find(arm)!, split: { split: route.path, arm, forced } }
}

function findAsked(asked: string | undefined, table: RoutingTable): FoundModel {
  if (asked === undefined || asked === '')
    throw new GatewayError('missing_required_parameter', '"model" is missing.', { param: 'model' })
  const found = table.find(asked)
  if (found) return found
  const auto = asked === 'auto' ? ' "auto" works on a route that is bound to a model or a split.' : ''
  throw new GatewayError(
    'model_not_found',
    `There is no model ${quote(asked)}.${auto}${suggestion(asked, table.names())}`,
    { param: 'model' },
  )
}

/** On a bound route the body may say nothing, `auto`, or a name of what the route leads to. */
function checkAsked(asked: string | undefined, names: readonly string[], route: Route, table: RoutingTable): void {
  if (asked === undefined || asked === '' || asked === 'auto') return
  const found = table.find(asked)
  if (found && names.some((name) => isSameModel(table.find(name), found))) return
  const allowed = [...names, 'auto'].map(quote).join(', ')
  throw new GatewayError(
    'model_not_found',
    `${route.path} does not lead to the model ${quote(asked)}. Send one of ${allowed}, or no "model".`,
    { param: 'model' },
  )
}

function decideArm(call: Call, split: Split): { arm: string; forced: boolean } {
  const forced = call.arrival.client.headers.get('x-sluice-arm')
  if (forced === null || call.principal.role !== 'admin')
    return { arm: chooseArm(split, stickyKey(call, split) ?? call.arrival.id).model, forced: false }
  if (split.arms.some((arm) => arm.model === forced)) return { arm: forced, forced: true }
  const arms = split.arms.map((arm) => quote(arm.model)).join(', ')
  throw new GatewayError('invalid_request', `x-sluice-arm names no arm of this split. Its arms: ${arms}.`)
}

/** Undefined when the caller did not say what the split sticks to: then each call is dealt alone. */
function stickyKey(call: Call, { sticky }: Split): string | undefined {
  const { headers } = call.arrival.client
  switch (sticky.type) {
    case 'user':
      return call.body.envelope.user || undefined // an empty name is nobody's
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
