// How connections to an endpoint are made, beside its URL: TLS settings, a Unix socket, how long idle ones are kept.
import { isDeepStrictEqual } from 'node:util'

export interface TransportSettings {
  /** Undefined: TLS with the runtime's authorities, without a client certificate. */
  readonly tls: UpstreamTls | undefined
  /** Path of a Unix socket to use instead of the URL's host. */
  readonly unix: string | undefined
  readonly idle: { readonly ms: number; readonly maxConnections: number } | undefined
}

/** Certificates and keys in PEM format. */
export interface UpstreamTls {
  /** Replace the runtime's authorities. */
  readonly ca?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: string | undefined
  /** The name in the TLS handshake, for which the certificate must be valid. Undefined: the URL's host. */
  readonly serverName?: string | undefined
}

export interface Transport {
  readonly settings: TransportSettings
  /** For `fetch`. A session has connections of its own. */
  readonly session: { readonly session?: Bun.FetchSession }
  /** The same TLS settings, for a request with TLS settings of its own: they replace those of its session. */
  readonly tls: BunFetchRequestInitTLS | undefined
}

/** The runtime's own settings, and the connections that all endpoints without settings share. */
export const PLAIN_TRANSPORT: Transport = {
  settings: { tls: undefined, unix: undefined, idle: undefined },
  session: {},
  tls: undefined,
}

/** Returns `previous` if it has the same settings, because its open connections are good. */
export function createTransport(settings: TransportSettings, previous: Transport = PLAIN_TRANSPORT): Transport {
  if (isDeepStrictEqual(settings, previous.settings)) return previous
  if (isDeepStrictEqual(settings, PLAIN_TRANSPORT.settings)) return PLAIN_TRANSPORT
  const { unix, idle } = settings
  const tls = settings.tls && withoutUndefined(settings.tls)
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
  return { settings, session: { session }, tls }
}

const withoutUndefined = ({ ca, certificate, key, serverName }: UpstreamTls): BunFetchRequestInitTLS => ({
  ...(ca !== undefined && { ca }),
  ...(certificate !== undefined && { cert: certificate }),
  ...(key !== undefined && { key }),
  ...(serverName !== undefined && { serverName }),
})
