import { isDeepStrictEqual } from 'node:util'
import type { Server } from 'bun'
import type { TlsConfig } from '../http/tls-config.ts'
import type { Log } from '../telemetry/log.ts'

/** How long a listener that was replaced still responds, each time as the last response of its connection. */
const RETIRED_QUIET_MS = 250

/**
 * Opens a listener. `isRetired`: whether another one has taken its place. `port`: the one to share with a listener that is
 * open.
 */
export type OpenListener = (tls: TlsConfig | undefined, isRetired: () => boolean, port?: number) => Server<undefined>

/**
 * A listener whose certificate can change: the runtime reads it only when it opens a port, so a second listener on the same
 * port takes the place of the first. Requests and streams of the first go on.
 */
export class RenewableListener {
  readonly #open: OpenListener
  readonly #log: Pick<Log, 'error'>
  readonly #retired = new Set<Server<undefined>>()
  #tls: TlsConfig | undefined
  #current: Server<undefined>

  /** Throws what `open` throws. */
  constructor(tls: TlsConfig | undefined, log: Pick<Log, 'error'>, open: OpenListener) {
    this.#tls = tls
    this.#log = log
    this.#open = open
    this.#current = this.#openWith(tls)
  }

  /** Undefined for a listener without a port. */
  get port(): number | undefined {
    return this.#current.port
  }

  /** Uses a new certificate for new connections. Turning TLS on or off needs a restart. */
  renew(tls: TlsConfig | undefined): void {
    if (!tls || !this.#tls || isDeepStrictEqual(tls, this.#tls)) return
    try {
      const old = this.#current
      this.#current = this.#openWith(tls, old.port)
      this.#tls = tls
      this.#retired.add(old)
      void this.#retire(old)
    } catch (error) {
      this.#log.error({ error }, 'Sluice cannot open its port again, so it keeps the old certificate. Restart Sluice.')
    }
  }

  /** Accepts nothing new. Resolves when the last request has ended. */
  async stop(): Promise<void> {
    await Promise.all([this.#current, ...this.#retired].map((server) => server.stop()))
  }

  /** Closes every connection. */
  async abort(): Promise<void> {
    await Promise.all([this.#current, ...this.#retired].map((server) => server.stop(true)))
  }

  #openWith(tls: TlsConfig | undefined, port?: number): Server<undefined> {
    const opened: Server<undefined> = this.#open(tls, () => this.#retired.has(opened), port)
    return opened
  }

  async #retire(server: Server<undefined>): Promise<void> {
    await Bun.sleep(RETIRED_QUIET_MS)
    await server.stop()
    this.#retired.delete(server)
  }
}
