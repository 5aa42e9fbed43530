import { chatFormat } from '../../formats/chat-formats.ts'
import type { Api } from '../../formats/apis/api.ts'
import { APIS } from '../../formats/apis/apis.ts'
import type { Route, RoutingTable } from '../../routing/table.ts'
import type { Page, PathMatch, StoredResource } from '../call/arrival.ts'

const PATHS = Object.values(APIS)
  .filter(({ operation, name, isUpstreamOnly }) => !isUpstreamOnly && (operation !== 'chat' || chatFormat(name)))
  .flatMap((api) => {
    const path = api.clientPath ?? api.path
    return path === undefined ? [] : [{ api, path }]
  })
  .toSorted((a, b) => b.path.length - a.path.length) // `/chat/completions` before `/completions`

/** Bedrock's paths. The id of a model may contain slashes and colons. */
const BEDROCK_METHODS: Readonly<Record<string, readonly [api: Api, isStream: boolean]>> = {
  converse: [APIS['bedrock-converse'], false],
  'converse-stream': [APIS['bedrock-converse'], true],
  invoke: [APIS['bedrock-invoke'], false],
  'invoke-with-response-stream': [APIS['bedrock-invoke'], true],
  'count-tokens': [APIS['bedrock-count'], false],
}

/** Ollama's pages. */
const PAGE = /^(.*)\/api\/(tags|show|ps|version)$/
const PAGES: Readonly<Record<string, Page>> = {
  tags: 'models',
  show: 'model-details',
  ps: 'running-models',
  version: 'server-version',
}

const DEPLOYMENT = /^(.*)\/openai\/deployments\/([^/]+)$/
const MODELS = /^(.*?)\/models(?:\/(.+))?$/
const METHODS: Readonly<Record<string, Api>> = {
  rawPredict: APIS['vertex-anthropic'],
  streamRawPredict: APIS['vertex-anthropic'],
  generateContent: APIS.gemini,
  streamGenerateContent: APIS.gemini,
  countTokens: APIS['gemini-count'],
  embedContent: APIS['gemini-embed'],
  batchEmbedContents: APIS['gemini-batch-embed'],
}

/**
 * Splits a path into a route prefix, `/v1` or nothing or another base that SDKs use, and an operation.
 * `/v1/chat/completions`, `/chat/completions`, `/openai/deployments/gpt-4o/chat/completions`, `/v1/ab-test/models`,
 * `/v1beta/models/gemini-3-pro:streamGenerateContent`. Or the name of a provider, and one of its own paths.
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
  return (
    matchMethod(path, table) ??
    matchBedrock(path, table) ??
    matchPage(path, table) ??
    matchModels(path, table) ??
    matchStored(path, table)
  )
}

function matchMethod(path: string, table: RoutingTable): PathMatch | undefined {
  const parts = methodParts(path, '/models/', ':')
  if (!parts || !Object.hasOwn(METHODS, parts.method)) return undefined
  const { base, model, method } = parts
  const api = METHODS[method]!
  const route = findRoute(base, table)
  if (!route) return undefined
  if (api.name === 'vertex-anthropic' && model === COUNT_TOKENS) return countOnVertex(route)
  const pathStream = method.startsWith('stream')
  return { operation: api.operation, api, route, pathModel: decode(model), pathStream }
}

interface MethodParts {
  readonly base: string
  readonly model: string
  readonly method: string
}

/**
 * The parts of a path such as `BASE/models/MODEL:METHOD`, where a model's name may contain colons and slashes. A regular
 * expression would try every `/models/` of a hostile path.
 */
function methodParts(path: string, before: string, separator: string): MethodParts | undefined {
  const start = path.indexOf(before)
  const end = path.lastIndexOf(separator)
  const model = path.slice(start + before.length, end)
  return start === -1 || end < start + before.length || model === ''
    ? undefined
    : { base: path.slice(0, start), model, method: path.slice(end + 1) }
}

/** Claude's token counts on Vertex AI stand in the place of a model; the body has the model. */
const COUNT_TOKENS = 'count-tokens'

function countOnVertex(route: Route): PathMatch {
  const api = APIS['vertex-anthropic-count']
  return { operation: api.operation, api, route, pathModel: undefined, pathStream: undefined }
}

function matchBedrock(path: string, table: RoutingTable): PathMatch | undefined {
  const parts = methodParts(path, '/model/', '/')
  const found = parts && Object.hasOwn(BEDROCK_METHODS, parts.method) ? BEDROCK_METHODS[parts.method] : undefined
  const route = found && findRoute(parts!.base, table)
  if (!route) return undefined
  const [api, pathStream] = found
  return { operation: api.operation, api, route, pathModel: decode(parts!.model), pathStream }
}

function matchPage(path: string, table: RoutingTable): PathMatch | undefined {
  const [, base, name] = PAGE.exec(path) ?? []
  const route = name === undefined ? undefined : findRoute(base!, table)
  return route && { operation: PAGES[name!]!, api: APIS.ollama, route, pathModel: undefined, pathStream: undefined }
}

function matchModels(path: string, table: RoutingTable): PathMatch | undefined {
  const models = MODELS.exec(path)
  const route = models && findRoute(models[1]!, table)
  const pathModel = models?.[2] && decode(models[2])
  return route ? { operation: 'models', api: undefined, route, pathModel, pathStream: undefined } : undefined
}

const STORED = /^(.*)\/(?:responses\/([^/]+)(?:\/(cancel|input_items))?|conversations(?:\/.*)?)$/

/** `/v1/responses/resp_1/input_items`. */
function matchStored(path: string, table: RoutingTable): PathMatch | undefined {
  const [, base, id, part] = STORED.exec(path) ?? []
  const route = base === undefined ? undefined : findRoute(base, table)
  if (!route) return undefined
  const type = id === undefined ? 'conversation' : ((part ?? 'response') as StoredResource['type'])
  const resource = { type, id: decode(id ?? '') }
  return { operation: 'stored-response', api: undefined, route, pathModel: undefined, pathStream: undefined, resource }
}

/** A provider's own paths, below its name, if the configuration enables them. Sluice's own paths take precedence. */
function matchProvider(path: string, table: RoutingTable): PathMatch | undefined {
  const name = /^\/([^/]+)\/./.exec(path)?.[1]
  const found = name === undefined ? undefined : table.passthrough(decode(name))
  if (!found) return undefined
  const route: Route = { type: 'open', path: `/${name}`, onDisconnect: undefined }
  return { operation: 'passthrough', api: undefined, route, pathModel: found.name, pathStream: undefined }
}

/**
 * The API format of the response. Gemini has two stream formats: events with `alt=sse` in the query, a JSON list
 * without.
 */
export const requestedApi = (
  { api, pathStream }: Pick<PathMatch, 'api' | 'pathStream'>,
  url: string,
): Api | undefined => (api === APIS.gemini && pathStream && !SSE_QUERY.test(url) ? APIS['gemini-list'] : api)

const SSE_QUERY = /[?&]alt=sse(?:&|$)/

/**
 * A base is a route's prefix, optionally followed by `/v1`, Azure's `/openai` or `/openai/v1`, Google's `/v1beta`, or the
 * place of a publisher's models on Vertex AI.
 */
function findRoute(base: string, table: RoutingTable): Route | undefined {
  return table.route(base) ?? (BASES.test(base) ? table.route(base.replace(BASES, '')) : undefined)
}

const BASES =
  /\/(?:openai\/v1|openai|v1beta|v1|v1(?:beta1?)?(?:\/projects\/[^/]+\/locations\/[^/]+)?\/publishers\/[\w-]+)$/

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
