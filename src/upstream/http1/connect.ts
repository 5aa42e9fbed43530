import type { Socket, SocketHandler } from 'bun'
import { Connection, type ConnectionOwner } from './connection.ts'

/** Where a connection leads. */
export interface Destination {
  readonly host: string
  readonly port: number
  /** A Unix socket instead of host and port. */
  readonly unix: string | undefined
  /** Undefined: plain text. */
  readonly tls: Bun.TLSOptions | undefined
}

/** A handshake that takes longer is given up. Attempts wait for less; this frees the socket. */
const MAX_HANDSHAKE_SECONDS = 60

/** The connection was closed within the TLS handshake. The code is that of `fetch`. */
class HandshakeFailed extends Error {
  readonly code = 'EPROTO'
}

/** A connection that is being opened; afterwards `connection` has all its events. */
interface Peer {
  connection: Connection | undefined
  readonly owner: ConnectionOwner
  readonly resolve: (connection: Connection) => void
  readonly reject: (reason: unknown) => void
}

const PLAIN: SocketHandler<Peer> = {
  open: ready,
  data: (socket, bytes) => socket.data.connection?.data(bytes),
  drain: (socket) => socket.data.connection?.drain(),
  close(socket, error) {
    const { connection, reject } = socket.data
    if (connection) connection.closed(error)
    else reject(new HandshakeFailed('The connection was closed within the TLS handshake'))
  },
  error(socket, error) {
    const { connection, reject } = socket.data
    if (connection) connection.failed(error)
    else reject(error)
  },
}

const SECURE: SocketHandler<Peer> = {
  ...PLAIN,
  open: (socket) => socket.timeout(MAX_HANDSHAKE_SECONDS),
  timeout: (socket) => socket.terminate(),
  handshake(socket, isSuccess, error) {
    socket.timeout(0)
    if (isSuccess && !error && socket.authorized) return ready(socket)
    socket.data.reject(error ?? new HandshakeFailed('The TLS handshake failed'))
    socket.terminate()
  },
}

function ready(socket: Socket<Peer>): void {
  const { data } = socket
  data.connection = new Connection(socket, data.owner)
  data.resolve(data.connection)
}

/**
 * Opens a connection. With TLS, nothing is sent before the server's certificate is verified for `tls.serverName`. Rejects
 * with an Error that has a code of the runtime.
 */
export function connect({ host, port, unix, tls }: Destination, owner: ConnectionOwner): Promise<Connection> {
  const { promise, resolve, reject } = Promise.withResolvers<Connection>()
  const data: Peer = { connection: undefined, owner, resolve, reject }
  const options = { data, socket: tls ? SECURE : PLAIN, ...(tls && { tls }) }
  const opened =
    unix === undefined
      ? Bun.connect<Peer>({ ...options, hostname: host, port })
      : Bun.connect<Peer>({ ...options, unix })
  opened.catch(reject)
  return promise
}
