// Our own HTTP/1.1 client. `fetch` does its work in another thread, which costs a sixth of the CPU time of a 1 KB call, and
// does not report what it does with connections.
import { isIP } from 'node:net'
import type { UpstreamResponse } from './response.ts'
import { connectToAny } from './connect-to-any.ts'
import { bareHost, type HostAddresses } from './host-addresses.ts'
import { tlsOptions, type TransportSettings } from './settings.ts'
import { connect } from './connect.ts'
import { type Connect, Pool } from './pool.ts'

/** Idle connections are looked for at this interval. */
const SWEEP_MS = 1000

/** A connection to a name is closed at this age on average, so that requests reach new addresses of the name. */
const MAX_AGE_MS = 5 * 60_000

const DEFAULT_IDLE = { ms: 300_000, maxConnections: Infinity }

/** The path and query that can be sent as they are. All others are written as the URL standard does. */
const PLAIN_TARGET = /^\/(?:[\w\-:@!$&'()*+,;=~%/?]|\.(?=[\w-]))*$/

export interface ClientRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Called for each connection that the request is tried on, in the turn in which the body is sent. */
  readonly body: (() => Uint8Array<ArrayBuffer>) | undefined
  readonly signal: AbortSignal
}

/** An origin's connections, and its name in the `host` header. */
interface Origin {
  readonly pool: Pool
  readonly host: string
}

/** The connections of all endpoints with the same settings. */
export class HttpClient {
  readonly #settings: TransportSettings
  readonly #addresses: HostAddresses
  readonly #origins = new Map<string, Origin>()
  #timer: Timer | undefined

  constructor(settings: TransportSettings, addresses: HostAddresses) {
    this.#settings = settings
    this.#addresses = addresses
  }

  /** Resolves with the response when its head has arrived. Rejects with an Error of the runtime, or the abort's reason. */
  send({ method, url, headers, body, signal }: ClientRequest): Promise<UpstreamResponse> {
    const start = url.indexOf('/', url.indexOf('://') + 3)
    const plain = start === -1 ? '' : url.slice(start)
    const isPlain = PLAIN_TARGET.test(plain)
    const origin = this.#originOf(isPlain ? url.slice(0, start) : new URL(url).origin)
    const target = isPlain ? plain : normalized(url)
    const request = () => ({ method, target, host: origin.host, headers, body: body?.() })
    return origin.pool.send(request, signal)
  }

  /** Closes idle connections now, and the others after their response. */
  close(): void {
    clearInterval(this.#timer)
    for (const { pool } of this.#origins.values()) pool.close()
    this.#origins.clear()
  }

  #originOf(text: string): Origin {
    const known = this.#origins.get(text)
    if (known) return known
    const { host, hostname } = new URL(text)
    const { ms, maxConnections } = this.#settings.idle ?? DEFAULT_IDLE
    const settings = {
      idleMs: ms,
      maxIdle: maxConnections,
      maxAgeMs: isIP(bareHost(hostname)) === 0 ? MAX_AGE_MS : Infinity,
    }
    const origin = { pool: new Pool(this.#connectTo(text), settings), host }
    this.#origins.set(text, origin)
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
    return origin
  }

  #connectTo(origin: string): Connect {
    const { protocol, hostname, port } = new URL(origin)
    const isSecure = protocol === 'https:'
    const name = bareHost(hostname)
    const { unix } = this.#settings
    const destination = {
      port: Number(port) || (isSecure ? 443 : 80),
      unix,
      tls: isSecure ? this.#tlsFor(name) : undefined,
    }
    if (unix !== undefined) return (owner) => connect({ ...destination, host: name }, owner)
    return async (owner) => {
      try {
        const addresses = await this.#addresses.of(name, performance.now())
        const open = (host: string) => connect({ ...destination, host }, owner)
        return await connectToAny(addresses, open, (spare) => owner.released(spare))
      } catch (thrown) {
        this.#addresses.failed(name)
        throw thrown
      }
    }
  }

  #tlsFor(hostname: string): Bun.TLSOptions {
    return {
      ALPNProtocols: 'http/1.1',
      ...(isIP(hostname) === 0 && { serverName: hostname }),
      ...tlsOptions(this.#settings.tls ?? {}),
    }
  }

  #sweep(): void {
    const nowMs = performance.now()
    for (const { pool } of this.#origins.values()) pool.sweep(nowMs)
  }
}

function normalized(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}
