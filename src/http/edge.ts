// What the configuration in effect does to every request and response of the API port, beside answering it.
import { OWN_PATHS } from '../schema/reserved-paths.ts'
import type { LogConfig } from '../telemetry/config.ts'
import { type Compress, createCompress } from './compression.ts'
import { clientAddress, trustTest } from './client-address.ts'
import type { ServerConfig } from './config.ts'
import { type Cors, createCors } from './cors.ts'
import { encodeStreamFor } from './stream-compression.ts'

export interface Edge {
  /** Undefined: paths begin with nothing else. */
  readonly basePath: string | undefined
  readonly cors: Cors | undefined
  readonly compress: Compress | undefined
  /** Undefined: streams are not compressed. */
  readonly encodeStreamFor: typeof encodeStreamFor | undefined
  /** Finds the client's address; undefined if nothing uses it. `peer`: of the connection; undefined on a Unix socket. */
  readonly clientAddress: ((peer: string | undefined, headers: Headers) => string | undefined) | undefined
}

/** An edge that changes nothing. */
export const PLAIN_EDGE: Edge = {
  basePath: undefined,
  cors: undefined,
  compress: undefined,
  encodeStreamFor: undefined,
  clientAddress: undefined,
}

export function compileEdge({ basePath, cors, compression, trustedProxies }: ServerConfig, log: LogConfig): Edge {
  const isTrusted = trustTest(trustedProxies)
  return {
    basePath,
    cors: cors && createCors(cors),
    compress: compression && createCompress(compression),
    encodeStreamFor: compression?.streams ? encodeStreamFor : undefined,
    clientAddress: log.clientAddress ? (peer, headers) => clientAddress(peer, headers, isTrusted) : undefined,
  }
}

/** Web pages use the API, not the admin pages. */
export const isForPages = (path: string): boolean => path !== OWN_PATHS.admin && !path.startsWith(`${OWN_PATHS.admin}/`)
