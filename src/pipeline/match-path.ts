import { OPERATIONS, type Operation } from '../formats/openai/operations.ts'
import type { Route, RoutingTable } from '../routing/table.ts'

/** What a path asks for. */
export interface PathMatch {
  readonly operation: Operation | 'models'
  readonly route: Route
  readonly pathModel: string | undefined
}

const PATHS = (Object.entries(OPERATIONS) as [Operation, { path: string }][])
  .map(([operation, { path }]) => ({ operation, path }))
  .toSorted((a, b) => b.path.length - a.path.length) // `/chat/completions` before `/completions`

const DEPLOYMENT = /^(.*)\/openai\/deployments\/([^/]+)$/
const MODELS = /^(.*?)\/models(?:\/(.+))?$/

/**
 * Takes a path apart: a route prefix, `/v1` or nothing or one of Azure's bases, and an operation.
 * `/v1/chat/completions`, `/chat/completions`, `/openai/deployments/gpt-4o/chat/completions`, `/v1/ab-test/models`.
 */
export function matchPath(path: string, table: RoutingTable): PathMatch | undefined {
  for (const { operation, path: suffix } of PATHS) {
    if (!path.endsWith(suffix)) continue
    const base = path.slice(0, -suffix.length)
    const deployment = DEPLOYMENT.exec(base)
    const route = findRoute(deployment ? deployment[1]! : base, table)
    return route && { operation, route, pathModel: deployment ? decode(deployment[2]!) : undefined }
  }
  return matchModels(path, table)
}

function matchModels(path: string, table: RoutingTable): PathMatch | undefined {
  const models = MODELS.exec(path)
  const route = models && findRoute(models[1]!, table)
  return route ? { operation: 'models', route, pathModel: models[2] && decode(models[2]) } : undefined
}

/** A base is a route's prefix, or that with `/v1` (or Azure's `/openai`, `/openai/v1`) after it. */
function findRoute(base: string, table: RoutingTable): Route | undefined {
  return table.route(base) ?? (BASES.test(base) ? table.route(base.replace(BASES, '')) : undefined)
}

const BASES = /\/(?:openai\/v1|openai|v1)$/

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
