import { GatewayError } from '../../errors.ts'
import type { ProviderType } from '../../providers/provider.ts'

const MAX_DECODINGS = 3

/** Control characters, and the backslash, which some servers treat as a slash. */
const NOT_IN_PATHS = /[\p{Cc}\\]/u

/**
 * The upstream URL of a pass-through request: its path appended to `base`, with its query. The path may repeat the
 * base's own path, as clients that know the provider send it. Throws GatewayError `invalid_request` for a path that
 * leaves `base` in any encoding: a server outside of it must not get the provider's key. `isOfRoot`: paths of the
 * server's root, which the base's own path is not added to.
 */
export function targetOf(base: string, requestUrl: string, isOfRoot: (path: string) => boolean = () => false): string {
  const { path, query } = partsOf(requestUrl)
  const { origin, pathname } = new URL(base)
  const apiPath = pathname.replace(/\/$/, '')
  const isBelow = path === apiPath || path.startsWith(`${apiPath}/`)
  const basePath = !isBelow && isOfRoot(path) ? '' : apiPath
  const rest = isBelow ? path.slice(apiPath.length) : path
  checkPath(rest)
  const target = new URL(origin + basePath + rest)
  if (target.origin !== origin || !target.pathname.startsWith(`${basePath}/`)) throw outsideBase()
  return target.href + withoutKey(query)
}

/**
 * Which paths belong to the root of a provider's server instead of its API: none, unless the provider has the whole
 * server and its URL has the usual path. OpenAI's own paths belong to the API even without its path: `/models`.
 */
export function rootPaths({ isSelfHosted, basePath }: Pick<ProviderType, 'isSelfHosted' | 'basePath'>, base: string) {
  const isWhole = isSelfHosted && new URL(base).pathname.replace(/\/$/, '') === basePath
  return (path: string): boolean => isWhole && !OPENAI_PATHS.has(path.split('/')[1]!)
}

/** The first segments of OpenAI's paths. Source: https://platform.openai.com/docs/api-reference */
const OPENAI_PATHS: ReadonlySet<string> = new Set([
  'audio',
  'batches',
  'chat',
  'completions',
  'conversations',
  'embeddings',
  'files',
  'images',
  'models',
  'moderations',
  'responses',
])

/** The path after the provider's name, and the query. */
function partsOf(url: string): { path: string; query: string } {
  const start = url.startsWith('/') ? 0 : url.indexOf('/', url.indexOf('://') + 3)
  const end = url.indexOf('?', start)
  const fullPath = end === -1 ? url.slice(start) : url.slice(start, end)
  return { path: fullPath.slice(fullPath.indexOf('/', 1)), query: end === -1 ? '' : url.slice(end + 1) }
}

/** Servers decode a path once, and proxies before them once more: none of these readings may contain a `..` segment. */
function checkPath(path: string): void {
  if (path.includes('#')) throw outsideBase() // the part after it would not be sent, and the part before it not be checked
  let decoded = path
  for (let times = 0; times <= MAX_DECODINGS; times++) {
    if (NOT_IN_PATHS.test(decoded) || decoded.split('/').some(isDots)) throw outsideBase()
    const next = decodeOnce(decoded)
    if (next === decoded) return
    decoded = next
  }
  throw outsideBase()
}

/** Some servers ignore the part of a segment after a semicolon. */
const isDots = (segment: string): boolean => /^\.{1,2}(?:;|$)/.test(segment)

function decodeOnce(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw outsideBase()
  }
}

/** Removes the client's own key, which Google's clients put into the query. */
function withoutKey(query: string): string {
  const kept = query.split('&').filter((pair) => pair !== '' && !isKey(pair))
  return kept.length === 0 ? '' : `?${kept.join('&')}`
}

function isKey(pair: string): boolean {
  const name = pair.split('=', 1)[0]!
  return new URLSearchParams(name).has('key')
}

const outsideBase = () =>
  new GatewayError('invalid_request', "The path leads outside the provider's base URL, or its encoding is not valid.")
