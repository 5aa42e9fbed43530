import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

/** A host of a URL as a name or address: IPv6 addresses have no brackets. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** Requests that open connections at the same time share a lookup. */
const VALID_MS = 1000

/** Most names that are kept. They come from the configuration. */
const MAX_NAMES = 1000

/** All addresses of a name, in the system's order. Rejects if it has none. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

interface Found {
  readonly addresses: Promise<readonly string[]>
  readonly untilMs: number
}

/** What host names mean now. */
export class HostAddresses {
  readonly #lookup: Lookup
  readonly #random: () => number
  readonly #byName = new Map<string, Found>()

  constructor(find: Lookup = systemLookup, random: () => number = Math.random) {
    this.#lookup = find
    this.#random = random
  }

  /**
   * The addresses to try, in this order. The first is a random one, so that connections are shared among the addresses of a
   * name; those of another family than the system's first choice come last.
   */
  async of(hostname: string, nowMs: number): Promise<readonly string[]> {
    if (isIP(hostname) !== 0) return [hostname]
    const addresses = await this.#find(hostname, nowMs)
    const family = isIP(addresses[0]!)
    const preferred = addresses.filter((address) => isIP(address) === family)
    const start = Math.floor(this.#random() * preferred.length)
    const others = addresses.filter((address) => isIP(address) !== family)
    return [...preferred.slice(start), ...preferred.slice(0, start), ...others]
  }

  /** No connection could be opened to any of its addresses: the next one looks the name up again. */
  failed(hostname: string): void {
    this.#byName.delete(hostname)
  }

  #find(hostname: string, nowMs: number): Promise<readonly string[]> {
    const known = this.#byName.get(hostname)
    if (known && nowMs < known.untilMs) return known.addresses
    if (this.#byName.size >= MAX_NAMES) this.#byName.clear()
    const addresses = this.#lookup(hostname)
    this.#byName.set(hostname, { addresses, untilMs: nowMs + VALID_MS })
    addresses.catch(() => this.failed(hostname))
    return addresses
  }
}

const systemLookup: Lookup = async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address)
