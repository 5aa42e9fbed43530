// One keep-alive connection that carries one request at a time.
import type { Socket } from 'bun'
import { MalformedResponse, ResponseParser } from './response-parser.ts'
import type { ResponseSink } from './response-parser.ts'
import type { Target } from './target.ts'

export type FailureKind =
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'timeout'
  | 'malformed'
  | 'not a stream'
  | 'cut short'
  | 'error event'
  | `status ${number}`

/** Why a request got no complete response. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure'
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string) {
    super(message)
    this.kind = kind
  }
}

/** Receives the parts of one response from the parser, and `fail` at any point instead of the rest. */
export interface Receiver extends ResponseSink {
  fail(failure: CallFailure): void
}

export class Connection {
  isOpen = true
  /** Called when the connection is lost or must not be used again. */
  onClose: () => void = () => undefined
  private readonly socket: Socket<undefined>
  private receiver: Receiver | undefined
  private parser: ResponseParser | undefined
  private unsent: Uint8Array | undefined

  private constructor(socket: Socket<undefined>) {
    this.socket = socket
  }

  /** Throws `CallFailure` if it cannot connect. */
  static async open(target: Target): Promise<Connection> {
    let connection: Connection | undefined
    try {
      await Bun.connect<undefined>({
        hostname: target.host,
        port: target.port,
        ...(target.isTls ? { tls: { serverName: target.host } } : {}),
        socket: {
          open: (socket) => {
            connection = new Connection(socket)
          },
          data: (_socket, bytes) => connection?.read(bytes),
          drain: () => connection?.flush(),
          close: (_socket, error) => connection?.lost(error?.message),
          error: (_socket, error) => connection?.lost(error.message),
        },
      })
    } catch (thrown) {
      throw connectFailure(thrown)
    }
    return connection!
  }

  /** The local port. The kernel's socket table shows which process holds the other end. */
  get localPort(): number {
    return this.socket.localPort
  }

  send(request: Uint8Array, receiver: Receiver): void {
    if (!this.isOpen) return receiver.fail(new CallFailure('reset', 'the server closed the connection at once'))
    this.receiver = receiver
    this.parser = new ResponseParser({
      head: (head) => receiver.head(head),
      body: (bytes) => receiver.body(bytes),
      end: () => this.ended(),
    })
    this.unsent = request
    this.flush()
  }

  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.receiver = undefined
    this.socket.terminate()
    this.onClose()
  }

  private flush(): void {
    if (this.unsent === undefined) return
    const written = this.socket.write(this.unsent)
    if (written < 0) return
    this.unsent = written < this.unsent.length ? this.unsent.subarray(written) : undefined
  }

  private read(bytes: Uint8Array): void {
    if (this.parser === undefined) return this.close()
    try {
      this.parser.feed(bytes)
    } catch (thrown) {
      this.failWith(thrown)
    }
  }

  private ended(): void {
    const receiver = this.receiver
    const isReusable = this.parser?.keepAlive === true && this.unsent === undefined
    this.receiver = undefined
    this.parser = undefined
    if (!isReusable) this.close()
    receiver?.end()
  }

  private lost(reason = 'the peer closed the connection'): void {
    if (!this.isOpen) return
    const parser = this.parser
    try {
      if (parser?.hasBegun) parser.closed()
      else this.receiver?.fail(new CallFailure('reset', reason))
    } catch {
      this.receiver?.fail(new CallFailure('cut short', 'the connection closed before the response had ended'))
    }
    this.close()
  }

  private failWith(thrown: unknown): void {
    const receiver = this.receiver
    this.close()
    if (!(thrown instanceof MalformedResponse)) throw thrown
    receiver?.fail(new CallFailure('malformed', thrown.message))
  }
}

function connectFailure(thrown: unknown): CallFailure {
  const { code, message } = thrown as { code?: string; message?: string }
  if (code === 'ECONNREFUSED') return new CallFailure('refused', 'nothing listens on that address (connection refused)')
  return new CallFailure('unreachable', message ?? String(thrown))
}
