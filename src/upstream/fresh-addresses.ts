// The runtime keeps the addresses of a host name for up to a second, also if no connection could be opened there. So
// after a failed connection the name is looked up again, and the next requests are sent to what it means now.
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

/** Until then the runtime has looked the name up again too. */
const VALID_MS = 2000

/** Most names that are kept. They come from the configuration; only names that fail are kept. */
const MAX_NAMES = 1000

type Lookup = (hostname: string) => Promise<readonly string[]>

interface Fresh {
  readonly addresses: readonly string[]
  readonly untilMs: number
}

export class FreshAddresses {
  readonly #byName = new Map<string, Fresh>()
  readonly #running = new Set<string>()
  readonly #lookup: Lookup
  readonly #random: () => number

  constructor(find: Lookup = systemLookup, random: () => number = Math.random) {
    this.#lookup = find
    this.#random = random
  }

  /** No connection could be opened to the host of `url`. Starts a lookup; nothing waits for it. */
  async connectionFailed(url: string, clock = () => performance.now()): Promise<void> {
    const { hostname } = new URL(url)
    if (isAddress(hostname) || this.#running.has(hostname)) return
    this.#running.add(hostname)
    try {
      const addresses = await this.#lookup(hostname)
      if (addresses.length > 0) this.#keep(hostname, { addresses, untilMs: clock() + VALID_MS })
    } catch {
      this.#byName.delete(hostname)
    } finally {
      this.#running.delete(hostname)
    }
  }

  /** One of the addresses to use instead of the name in `url`; undefined: the runtime's own lookup is good. */
  addressFor(url: string, nowMs: number): string | undefined {
    if (this.#byName.size === 0) return undefined
    const { hostname } = new URL(url)
    const fresh = this.#byName.get(hostname)
    if (!fresh) return undefined
    if (nowMs < fresh.untilMs) return fresh.addresses[Math.floor(this.#random() * fresh.addresses.length)]
    this.#byName.delete(hostname)
    return undefined
  }

  #keep(hostname: string, fresh: Fresh): void {
    if (this.#byName.size >= MAX_NAMES) this.#byName.clear()
    this.#byName.set(hostname, fresh)
  }
}

/** Whether `url` names its host, so that the host can move to another address. */
export const hasHostName = (url: string): boolean => URL.canParse(url) && !isAddress(new URL(url).hostname)

const isAddress = (hostname: string): boolean => hostname.startsWith('[') || isIP(hostname) !== 0

/** In the system's order, and only of the family of the first: the others may have no route from here. */
const systemLookup: Lookup = async (hostname) => {
  const found = await lookup(hostname, { all: true })
  return found.filter(({ family }) => family === found[0]!.family).map(({ address }) => address)
}

/** The same URL at an address. The name goes into the `host` header and the TLS handshake. */
export function atAddress(
  url: string,
  address: string,
): { readonly url: string; readonly host: string; readonly name: string } {
  const at = new URL(url)
  const { host, hostname } = at
  at.hostname = isIP(address) === 6 ? `[${address}]` : address
  return { url: at.href, host, name: hostname }
}
