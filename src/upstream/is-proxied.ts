import { isIP } from 'node:net'

/** Whether `fetch` connects to `url` through a proxy: it reads these variables itself. Ports are part of a name in `no_proxy`. */
export function isProxied(url: string, environment: Readonly<Record<string, string | undefined>>): boolean {
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
