import { isIP } from 'node:net'
import type { Endpoint } from '../routing/endpoint.ts'
import { Reachability } from '../upstream/reachability.ts'
import { readEnvironment } from './environment.ts'
import type { Environment } from './substitute.ts'

/** Lets attempts find out whether an endpoint can be connected to, unless a proxy does the connecting. */
export function configureReach(endpoint: Endpoint): void {
  const { baseUrl, reachability } = endpoint
  endpoint.reachability = isProxied(baseUrl, readEnvironment())
    ? undefined
    : (reachability ?? new Reachability(baseUrl))
}

/** Whether `fetch` goes through a proxy to get there: it looks at these variables itself. Ports are part of a name if written. */
export function isProxied(url: string, environment: Environment): boolean {
  const variable = (name: string) => environment[name] || environment[name.toUpperCase()] || ''
  const { protocol, host, hostname } = new URL(url)
  if (!variable(protocol === 'https:' ? 'https_proxy' : 'http_proxy') && !variable('all_proxy')) return false
  const exceptions = variable('no_proxy')
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim())
  return !exceptions.some((entry) => entry === '*' || entry === host || entry === hostname || isAbove(entry, hostname))
}

/** `example.com` and `.example.com` are above `api.example.com`; an address has nothing above it. */
const isAbove = (domain: string, hostname: string): boolean =>
  domain !== '' && isIP(hostname) === 0 && hostname.endsWith(domain.startsWith('.') ? domain : `.${domain}`)
