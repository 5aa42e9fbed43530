import { GatewayError } from '../../errors.ts'
import { modelListFor } from '../../formats/model-lists.ts'
import { nearNames } from '../../near-names.ts'
import { withoutTag } from '../choose/choose-model.ts'
import type { Route, RoutingTable } from '../../routing/table.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Handle } from '../call/step.ts'

/**
 * `GET /v1/models` and `GET /v1/models/{id}`: the names that a client may send as `model` on this route, in the shape
 * that the client's library expects.
 */
export const listModels: Handle = async (call) => {
  const { route, snapshot, client, pathModel, api } = call.arrival
  const names = namesOn(route, snapshot.table)
  // A split has no pools of its own.
  const operationsOf = (name: string) => Object.keys(snapshot.table.find(name)?.model.pools ?? { chat: undefined })
  const { list, one } = modelListFor(client, operationsOf, api?.format)
  const body = pathModel === undefined ? list(names) : one(findName(pathModel, names, snapshot.table))
  return new Response(JSON.stringify(body), { headers: responseHeaders(call, 'application/json') })
}

export function namesOn(route: Route, table: RoutingTable): string[] {
  if (route.type === 'open') return table.names()
  return route.type === 'model' ? [route.model] : ['auto', ...route.split.arms.map((arm) => arm.model)]
}

/**
 * The name of the list that a client means; `defaultTag` is one that it may have added. Throws GatewayError
 * `model_not_found`.
 */
export function findName(name: string, names: readonly string[], table: RoutingTable, defaultTag?: string): string {
  if (names.includes(name) || table.find(name)?.matched !== undefined) return name
  const untagged = withoutTag(name, defaultTag)
  if (untagged !== undefined) return findName(untagged, names, table)
  const near = nearNames(name, names).map((each) => JSON.stringify(each))
  const hint = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ''
  throw new GatewayError('model_not_found', `There is no model ${JSON.stringify(name.slice(0, 100))} here.${hint}`, {
    param: 'model',
  })
}
