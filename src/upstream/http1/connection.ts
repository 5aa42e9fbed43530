import type { Socket } from 'bun'
import { ChunkedBody } from '../../codecs/http1/chunked.ts'
import { MalformedHttp } from '../../codecs/http1/malformed.ts'
import { readResponseHead, type BodyLength } from '../../codecs/http1/response-head.ts'
import { type BodySource, IncomingBody } from './body.ts'
import { type OutgoingRequest, writeRequest } from './request-bytes.ts'
import type { UpstreamResponse } from './response.ts'

/** Of status line and headers. */
const MAX_HEAD_BYTES = 256 * 1024
/** `100 Continue` and others before the response. */
const MAX_INFORMATIONAL = 8
const END_OF_HEAD = Buffer.from('\r\n\r\n')

type ConnectedSocket = Pick<Socket<unknown>, 'write' | 'pause' | 'resume' | 'terminate' | 'end' | 'ref' | 'unref'>

/** What a connection reports to its pool. */
export interface ConnectionOwner {
  /** Its response is complete: the next request can be sent. */
  released(connection: Connection): void
  closed(connection: Connection): void
}

/** The connection was closed before the first byte of a response. */
export class ClosedBeforeResponse extends Error {
  readonly code = 'ECONNRESET'
}

class ConnectionBroken extends Error {
  readonly code = 'ECONNRESET'
}

interface Waiting {
  readonly resolve: (response: UpstreamResponse) => void
  readonly reject: (reason: unknown) => void
}

/** One connection to an upstream, which carries one request at a time. */
export class Connection implements BodySource {
  /** Requests that were sent. */
  requests = 0
  /** Since when the connection has no request. */
  idleSinceMs = 0
  /** After this time the connection gets no other request. */
  expiresMs = Infinity
  readonly #owner: ConnectionOwner
  readonly #socket: ConnectedSocket
  #isClosed = false
  #method = ''
  #signal: AbortSignal | undefined
  #unsent: Buffer | undefined
  #head: Buffer | undefined
  #informational = 0
  #waiting: Waiting | undefined
  #body: IncomingBody | undefined
  #length: BodyLength = 0
  #left = 0
  #chunks: ChunkedBody | undefined
  #keepsAlive = false

  constructor(socket: ConnectedSocket, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Sends a request in this turn, and resolves with the response when its head has arrived. */
  send(request: () => OutgoingRequest, signal: AbortSignal): Promise<UpstreamResponse> {
    return new Promise((resolve, reject) => {
      this.requests++
      this.#signal = signal
      this.#waiting = { resolve, reject }
      signal.addEventListener('abort', this.#onAbort)
      this.#socket.ref()
      try {
        this.#write(request())
      } catch (thrown) {
        this.#fail(thrown)
      }
    })
  }

  #write(request: OutgoingRequest): void {
    this.#method = request.method
    this.#unsent = writeRequest(request, (bytes) => this.#socket.write(bytes))
  }

  /** Has no request for now, and does not keep the process alive. */
  rest(nowMs: number): void {
    this.idleSinceMs = nowMs
    this.#socket.unref()
  }

  drain(): void {
    const unsent = this.#unsent
    if (!unsent) return
    const written = this.#socket.write(unsent)
    this.#unsent = written < unsent.length ? unsent.subarray(Math.max(written, 0)) : undefined
  }

  data(bytes: Buffer): void {
    try {
      if (this.#body) this.#readBody(bytes)
      else if (this.#waiting) this.#readHead(this.#head ? Buffer.concat([this.#head, bytes]) : bytes)
      else this.close() // nothing was asked
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  /** The upstream has closed the connection, or it broke. */
  closed(error: Error | undefined): void {
    if (this.#isClosed) return
    this.#leave()
    if (this.#body && this.#length === 'until-close' && !error) return this.#complete()
    this.#fail(
      this.#isUnanswered
        ? new ClosedBeforeResponse('closed before the response')
        : new ConnectionBroken('closed within the response'),
    )
  }

  /** A TLS alert; a server that requires a client certificate sends it after the handshake. */
  failed(error: Error): void {
    const isOfHandshake = this.requests === 1 && this.#isUnanswered
    this.#fail(isOfHandshake ? error : new ConnectionBroken('failed within the response', { cause: error }))
  }

  /** Closes a connection that has no request. */
  close(): void {
    this.#leave()
    this.#socket.end()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isClosed) this.#socket.resume()
  }

  abandon(): void {
    this.#end()
    this.#reset()
  }

  /** Whether no byte of the response has arrived. */
  get #isUnanswered(): boolean {
    return this.#waiting !== undefined && this.#head === undefined && this.#informational === 0
  }

  readonly #onAbort = (): void => this.#fail(this.#signal!.reason)

  #readHead(bytes: Buffer): void {
    const end = bytes.indexOf(END_OF_HEAD)
    if (end > MAX_HEAD_BYTES || (end === -1 && bytes.length > MAX_HEAD_BYTES))
      throw new MalformedHttp('head is too long')
    if (end === -1) return this.#readPartialHead(bytes)
    const head = readResponseHead(bytes.toString('latin1', 0, end), this.#method)
    this.#head = undefined
    const rest = bytes.subarray(end + END_OF_HEAD.length)
    if (head.status < 200) return this.#skipInformational(head.status, rest)
    const { resolve } = this.#waiting!
    this.#waiting = undefined
    this.#keepsAlive = head.keepsAlive
    const body = this.#begin(head.body)
    resolve({ status: head.status, headers: head.headers, body })
    if (this.#left === 0 && head.body === 0) this.#finish(rest)
    else if (rest.length > 0) this.#readBody(rest)
  }

  #begin(length: BodyLength): IncomingBody {
    this.#length = length
    this.#left = typeof length === 'number' ? length : 0
    this.#chunks = length === 'chunked' ? new ChunkedBody() : undefined
    return (this.#body = new IncomingBody(this))
  }

  /** What is not the beginning of HTTP is found at once. */
  #readPartialHead(bytes: Buffer): void {
    if (!'HTTP/1.'.startsWith(bytes.toString('latin1', 0, 7))) throw new MalformedHttp('status line')
    this.#head = bytes
  }

  #skipInformational(status: number, rest: Buffer): void {
    if (status === 101 || ++this.#informational > MAX_INFORMATIONAL) throw new MalformedHttp(`status ${status}`)
    if (rest.length > 0) this.#readHead(rest)
  }

  #readBody(bytes: Buffer): void {
    const body = this.#body!
    if (this.#chunks) {
      const used = this.#chunks.push(bytes, (part) => body.push(part))
      if (this.#chunks.isComplete) this.#finish(bytes.subarray(used))
    } else if (this.#length === 'until-close') body.push(bytes)
    else if (bytes.length < this.#left) {
      this.#left -= bytes.length
      body.push(bytes)
    } else {
      const left = this.#left
      body.push(bytes.length === left ? bytes : bytes.subarray(0, left))
      this.#finish(bytes.subarray(left))
    }
  }

  /** The body is complete. A connection with more bytes, or an unsent rest of the request, is not in step any more. */
  #finish(rest: Buffer): void {
    const isReusable = this.#keepsAlive && rest.length === 0 && !this.#unsent
    this.#complete()
    if (isReusable) this.#owner.released(this)
    else if (!this.#isClosed) this.close()
  }

  #complete(): void {
    const body = this.#body
    this.#end()
    body?.complete()
  }

  #fail(error: unknown): void {
    const [waiting, body] = [this.#waiting, this.#body]
    this.#end()
    if (!this.#isClosed) this.#reset()
    waiting?.reject(error)
    body?.break(error)
  }

  /** The upstream sees at once that nothing more is read. */
  #reset(): void {
    this.#leave()
    this.#socket.terminate()
  }

  #leave(): void {
    this.#isClosed = true
    this.#owner.closed(this)
  }

  /** This request is over, whatever its end. */
  #end(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#signal = undefined
    this.#waiting = undefined
    this.#body = undefined
    this.#head = undefined
    this.#unsent = undefined
    this.#chunks = undefined
    this.#informational = 0
  }
}
