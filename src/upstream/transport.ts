// How connections to an endpoint are made, beside its URL: TLS settings, a Unix socket, how long idle ones are kept.
import { isDeepStrictEqual } from 'node:util'
import { HostAddresses } from './http1/host-addresses.ts'
import { HttpClient } from './http1/client.ts'
import { tlsOptions, type TransportSettings } from './http1/settings.ts'

export interface Transport {
  readonly settings: TransportSettings
  /** Its connections. */
  readonly client: HttpClient
  /** For `fetch`, which is used with proxies. A session has connections of its own. */
  readonly session: { readonly session?: Bun.FetchSession }
  /** The same TLS settings, for a request with TLS settings of its own: they replace those of its session. */
  readonly tls: BunFetchRequestInitTLS | undefined
}

const addresses = new HostAddresses()

const PLAIN_SETTINGS: TransportSettings = { tls: undefined, unix: undefined, idle: undefined }

/** The runtime's own settings, and the connections that all endpoints without settings share. */
export const PLAIN_TRANSPORT: Transport = {
  settings: PLAIN_SETTINGS,
  client: new HttpClient(PLAIN_SETTINGS, addresses),
  session: {},
  tls: undefined,
}

/** Returns `previous` if it has the same settings, because its open connections are good. */
export function createTransport(settings: TransportSettings, previous: Transport = PLAIN_TRANSPORT): Transport {
  if (isDeepStrictEqual(settings, previous.settings)) return previous
  if (isDeepStrictEqual(settings, PLAIN_TRANSPORT.settings)) return PLAIN_TRANSPORT
  const { unix, idle } = settings
  const tls = settings.tls && tlsOptions(settings.tls)
  const session = new Bun.FetchSession({
    ...(tls && { tls }),
    ...(unix !== undefined && { unix }),
    ...(idle && {
      keepAlive: {
        idleTimeout: Math.ceil(idle.ms / 1000),
        ...(idle.maxConnections !== Infinity && { maxIdleSockets: idle.maxConnections }),
      },
    }),
  })
  return { settings, client: new HttpClient(settings, addresses), session: { session }, tls }
}

/** Closes idle connections now; requests in flight go on. */
export function closeTransport(transport: Transport): void {
  if (transport === PLAIN_TRANSPORT) return // others use it
  transport.client.close()
  transport.session.session?.close()
}
