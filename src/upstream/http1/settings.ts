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

/** As the runtime takes them. */
export const tlsOptions = ({ ca, certificate, key, serverName }: UpstreamTls): BunFetchRequestInitTLS => ({
  ...(ca !== undefined && { ca }),
  ...(certificate !== undefined && { cert: certificate }),
  ...(key !== undefined && { key }),
  ...(serverName !== undefined && { serverName }),
})
