import { chatFormat } from '../../formats/chat-formats.ts'
import type { Api } from '../../formats/apis/api.ts'
import { APIS } from '../../formats/apis/apis.ts'
import type { Route, RoutingTable } from '../../routing/table.ts'
import type { PathMatch } from '../call/arrival.ts'

const PATHS = Object.values(APIS)
  .filter(({ operation, name, isUpstreamOnly }) => !isUpstreamOnly && (operation !== 'chat' || chatFormat(name)))
  .flatMap((api) => [api.path ?? [], api.alsoAt ?? []].flat().map((path) => ({ api, path })))
  .toSorted((a, b) => b.path.length - a.path.length) // `/chat/completions` before `/completions`

const DEPLOYMENT = /^(.*)\/openai\/deployments\/([^/]+)$/
const MODELS = /^(.*?)\/models(?:\/(.+))?$/
/** A model's name may hold colons, and slashes too: the last colon counts. */
const METHOD = /^(.*?)\/models\/(.+):(\w+)$/
const METHODS: Readonly<Record<string, Api>> = {
  generateContent: APIS.gemini,
  streamGenerateContent: APIS.gemini,
  countTokens: APIS['gemini-count'],
  embedContent: APIS['gemini-embed'],
  batchEmbedContents: APIS['gemini-batch-embed'],
}

/**
 * Takes a path apart: a route prefix, `/v1` or nothing or another base that SDKs put there, and an operation.
 * `/v1/chat/completions`, `/chat/completions`, `/openai/deployments/gpt-4o/chat/completions`, `/v1/ab-test/models`,
 * `/v1beta/models/gemini-3-pro:streamGenerateContent`. Or the name of a provider, and a path of its own.
 */
export const matchPath = (path: string, table: RoutingTable): PathMatch | undefined =>
  matchApi(path, table) ?? matchProvider(path, table)

function matchApi(path: string, table: RoutingTable): PathMatch | undefined {
  for (const { api, path: suffix } of PATHS) {
    if (!path.endsWith(suffix)) continue
    const base = path.slice(0, -suffix.length)
    const deployment = DEPLOYMENT.exec(base)
    const route = findRoute(deployment ? deployment[1]! : base, table)
    const pathModel = deployment ? decode(deployment[2]!) : undefined
    return route && { operation: api.operation, api, route, pathModel, pathStream: undefined }
  }
  return matchMethod(path, table) ?? matchModels(path, table)
}

function matchMethod(path: string, table: RoutingTable): PathMatch | undefined {
  const [, base, model, method] = METHOD.exec(path) ?? []
  const api = Object.hasOwn(METHODS, method ?? '') ? METHODS[method!] : undefined
  const route = api && findRoute(base!, table)
  if (!route) return undefined
  const pathStream = method === 'streamGenerateContent'
  return { operation: api.operation, api, route, pathModel: decode(model!), pathStream }
}

function matchModels(path: string, table: RoutingTable): PathMatch | undefined {
  const models = MODELS.exec(path)
  const route = models && findRoute(models[1]!, table)
  const pathModel = models?.[2] && decode(models[2])
  return route ? { operation: 'models', api: undefined, route, pathModel, pathStream: undefined } : undefined
}

/** Below its name a provider's own paths are open where the configuration says so; doors of ours go first. */
function matchProvider(path: string, table: RoutingTable): PathMatch | undefined {
  const name = /^\/([^/]+)\/./.exec(path)?.[1]
  const found = name === undefined ? undefined : table.passthrough(decode(name))
  if (!found) return undefined
  const route: Route = { type: 'open', path: `/${name}`, onDisconnect: undefined }
  return { operation: 'passthrough', api: undefined, route, pathModel: found.name, pathStream: undefined }
}

/**
 * The language in which whoever asks there wants to be answered: of Gemini's two streams, the one that the query does not
 * name is a list.
 */
export const requestedApi = (
  { api, pathStream }: Pick<PathMatch, 'api' | 'pathStream'>,
  url: string,
): Api | undefined => (pathStream && !EVENTS_ASKED.test(url) ? APIS['gemini-list'] : api)

const EVENTS_ASKED = /[?&]alt=sse(?:&|$)/

/** A base is a route's prefix, or that with `/v1` (or Azure's `/openai`, `/openai/v1`, or Google's `/v1beta`) after it. */
function findRoute(base: string, table: RoutingTable): Route | undefined {
  return table.route(base) ?? (BASES.test(base) ? table.route(base.replace(BASES, '')) : undefined)
}

const BASES = /\/(?:openai\/v1|openai|v1beta|v1)$/

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
