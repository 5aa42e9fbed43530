import { GatewayError } from '../../errors.ts'

const MOST_UNPACKINGS = 3

/** Control characters, and what some take for a slash. */
const NOT_IN_PATHS = /[\p{Cc}\\]/u

/**
 * Where a request below a provider's name goes: its path behind `base`, its query, and never elsewhere. The base's own path
 * may stand in front once more, as clients that know the provider send it. Throws GatewayError `invalid_request` for a
 * path that leads out, in whatever writing: the host behind `base` gets our key.
 */
export function targetOf(base: string, requestUrl: string): string {
  const { path, query } = partsOf(requestUrl)
  const { origin, pathname } = new URL(base)
  const inside = pathname.replace(/\/$/, '')
  const rest = path === inside || path.startsWith(`${inside}/`) ? path.slice(inside.length) : path
  checkPath(rest)
  const target = new URL(origin + inside + rest)
  if (target.origin !== origin || !target.pathname.startsWith(`${inside}/`)) throw leadsOut()
  return target.href + withoutKey(query)
}

/** What stands behind the provider's name. */
function partsOf(url: string): { path: string; query: string } {
  const start = url.startsWith('/') ? 0 : url.indexOf('/', url.indexOf('://') + 3)
  const end = url.indexOf('?', start)
  const whole = end === -1 ? url.slice(start) : url.slice(start, end)
  return { path: whole.slice(whole.indexOf('/', 1)), query: end === -1 ? '' : url.slice(end + 1) }
}

/** Servers unpack a path once, and proxies before them once more: no such reading may climb. */
function checkPath(path: string): void {
  if (path.includes('#')) throw leadsOut() // what stands behind it would not be sent, and what is before it not checked
  let read = path
  for (let times = 0; times <= MOST_UNPACKINGS; times++) {
    if (NOT_IN_PATHS.test(read) || read.split('/').some(isDots)) throw leadsOut()
    const next = unpacked(read)
    if (next === read) return
    read = next
  }
  throw leadsOut()
}

/** Some servers take what stands behind a semicolon for no part of the name. */
const isDots = (segment: string): boolean => /^\.{1,2}(?:;|$)/.test(segment)

function unpacked(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw leadsOut()
  }
}

/** Google's clients put a key into the query: the caller's own is for us. */
function withoutKey(query: string): string {
  const kept = query.split('&').filter((pair) => pair !== '' && !isKey(pair))
  return kept.length === 0 ? '' : `?${kept.join('&')}`
}

function isKey(pair: string): boolean {
  const name = pair.split('=', 1)[0]!
  return new URLSearchParams(name).has('key')
}

const leadsOut = () =>
  new GatewayError('invalid_request', 'This path leads out of what the provider offers, or cannot be read.')
