// TLS handshakes of our own: `fetch` reports neither when one is complete nor why one failed.
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { bareHost } from './http1/host-addresses.ts'
import { PLAIN_TRANSPORT, type Transport } from './transport.ts'
import { codeOf } from './transport-error.ts'

/** A server that requires a client certificate reports it after the handshake (TLS 1.3). */
const MAX_WAIT_MS = 1000

/** By the code of the alert that ended the handshake. */
const REASONS: readonly (readonly [code: RegExp, reason: string])[] = [
  [/ALERT_CERTIFICATE_REQUIRED/, 'requires a client certificate'],
  [
    /ALERT_HANDSHAKE_FAILURE/,
    'rejected the TLS handshake: it requires a client certificate, or has no cipher in common',
  ],
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH/, 'does not use TLS on this port. Check `baseUrl`: http or https'],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/, 'supports only outdated versions of TLS'],
  [/UNRECOGNIZED_NAME/, 'has no certificate for the host name in `baseUrl`'],
  [
    /UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(EXPIRED|REVOKED|UNKNOWN)|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED/,
    'rejected the client certificate',
  ],
]

export const handshakeReason = (code: string): string | undefined => REASONS.find(([alert]) => alert.test(code))?.[1]

interface HandshakePeer {
  readonly host: string
  readonly transport: Pick<Transport, 'tls'>
}

interface Handshake {
  onComplete(): void
  /** An alert, a certificate or something that is not TLS. */
  onError(error: Error): void
}

/** Begins a TLS handshake on a connected socket. The certificate is not verified: nothing is sent on this connection. */
export function beginHandshake(
  socket: Socket,
  { host, transport: { tls } }: HandshakePeer,
  { onComplete, onError }: Handshake,
): void {
  const name = tls?.serverName ?? (isIP(host) === 0 ? host : undefined)
  const secure = connectTls({
    socket,
    rejectUnauthorized: false,
    ...(tls?.cert !== undefined && { cert: tls.cert as string, key: tls.key as string }),
    ...(name !== undefined && { servername: name }),
  })
  secure.once('secureConnect', onComplete)
  secure.on('error', onError)
  secure.resume()
}

const running = new Map<string, Promise<string | undefined>>()

/** Why handshakes with an upstream fail; undefined if that cannot be found out. One is made at a time for each host. */
export function whyHandshakeFails(url: string, transport: Transport = PLAIN_TRANSPORT): Promise<string | undefined> {
  const { hostname, host, port } = new URL(url)
  const current = running.get(host)
  if (current) return current
  const found = tryHandshake({ host: bareHost(hostname), transport }, Number(port) || 443)
  running.set(host, found)
  void found.then(() => running.delete(host))
  return found
}

function tryHandshake(peer: HandshakePeer, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const socket = connect({ host: peer.host, port })
  const end = (reason: string | undefined) => {
    clearTimeout(timer)
    socket.destroy()
    resolve(reason)
  }
  const timer = setTimeout(() => end(undefined), MAX_WAIT_MS)
  socket.once('close', () => end(undefined))
  socket.once('error', () => end(undefined))
  socket.once('connect', () =>
    beginHandshake(socket, peer, { onComplete: () => {}, onError: (error) => end(handshakeReason(codeOf(error))) }),
  )
  return promise
}
