// Parses an HTTP/1.1 response as its bytes arrive (RFC 9112). One response at a time, without pipelining.

const MAX_HEAD_BYTES = 64 * 1024
const MAX_LINE_BYTES = 4096
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: [^\r\n]*)?$/
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/

export interface ResponseHead {
  readonly status: number
  /** Names in lower case; the values of a repeated header are joined with a comma. */
  readonly headers: ReadonlyMap<string, string>
}

/** Receives the parts of a response in this order: one `head`, any number of `body`, one `end`. */
export interface ResponseSink {
  head(head: ResponseHead): void
  body(bytes: Uint8Array): void
  end(): void
}

/** The bytes are not an HTTP/1.1 response. */
export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse'
}

type State = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'until-close' | 'done'

/** Takes bytes in pieces of any size and passes the parts to `sink`. `feed` and `closed` throw `MalformedResponse`. */
export class ResponseParser {
  /** Whether the connection may carry another request after the response. */
  keepAlive = true
  private state: State = 'head'
  private pending: Uint8Array = new Uint8Array(0)
  private left = 0
  private readonly sink: ResponseSink

  constructor(sink: ResponseSink) {
    this.sink = sink
  }

  get hasBegun(): boolean {
    return this.state !== 'head'
  }

  get hasEnded(): boolean {
    return this.state === 'done'
  }

  feed(bytes: Uint8Array): void {
    let rest = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes])
    this.pending = rest.subarray(0, 0)
    while (rest.length > 0) {
      const used = this.step(rest)
      if (used === 0) {
        this.pending = rest
        return
      }
      rest = rest.subarray(used)
    }
  }

  /** The peer closed the connection. That ends a body without a length; any other body is cut short. */
  closed(): void {
    if (this.state === 'until-close') this.finish()
    if (this.state !== 'done') throw new MalformedResponse('the connection closed before the response had ended')
  }

  /** Returns how many of `bytes` were consumed; 0 if more bytes are needed first. */
  private step(bytes: Uint8Array): number {
    switch (this.state) {
      case 'head':
        return this.readHead(bytes)
      case 'length':
      case 'chunk-data':
        return this.readCounted(bytes)
      case 'until-close':
        this.sink.body(bytes)
        return bytes.length
      case 'done':
        throw new MalformedResponse(`${bytes.length} bytes follow the end of the response`)
      default:
        return this.readFraming(bytes)
    }
  }

  private readHead(bytes: Uint8Array): number {
    const end = asBuffer(bytes).indexOf('\r\n\r\n')
    if (end > MAX_HEAD_BYTES || (end === -1 && bytes.length > MAX_HEAD_BYTES))
      throw new MalformedResponse(`the response head is over ${MAX_HEAD_BYTES} bytes`)
    if (end === -1) {
      rejectOtherProtocol(bytes)
      return 0
    }
    const [statusLine, ...lines] = asBuffer(bytes).toString('latin1', 0, end).split('\r\n')
    const match = STATUS_LINE.exec(statusLine!)
    if (!match) throw new MalformedResponse(`not an HTTP/1.1 status line: ${quote(statusLine!)}`)
    const head = { status: Number(match[2]), headers: parseHeaders(lines) }
    if (head.status >= 200) this.begin(head, match[1] === '1')
    return end + 4
  }

  private begin(head: ResponseHead, isHttp11: boolean): void {
    const connection = head.headers.get('connection')?.toLowerCase()
    this.keepAlive = isHttp11 ? connection !== 'close' : connection === 'keep-alive'
    const framing = bodyFraming(head)
    this.state = framing.state
    this.left = framing.length
    if (framing.state === 'until-close') this.keepAlive = false
    this.sink.head(head)
    if (framing.state === 'length' && framing.length === 0) this.finish()
  }

  private readCounted(bytes: Uint8Array): number {
    const used = Math.min(this.left, bytes.length)
    this.left -= used
    this.sink.body(used === bytes.length ? bytes : bytes.subarray(0, used))
    if (this.left === 0 && this.state === 'chunk-data') this.state = 'chunk-end'
    else if (this.left === 0) this.finish()
    return used
  }

  /** One line between chunks: a size, the end of a chunk, a trailer. */
  private readFraming(bytes: Uint8Array): number {
    const end = asBuffer(bytes).indexOf('\r\n')
    if (end > MAX_LINE_BYTES || (end === -1 && bytes.length > MAX_LINE_BYTES))
      throw new MalformedResponse(`a line of the chunked body is over ${MAX_LINE_BYTES} bytes`)
    if (end === -1) return 0
    const line = asBuffer(bytes).toString('latin1', 0, end)
    if (this.state === 'chunk-size') this.beginChunk(line)
    else if (this.state === 'trailers' && line === '') this.finish()
    else if (this.state === 'chunk-end') {
      if (line !== '') throw new MalformedResponse(`a chunk is longer than its size: ${quote(line)}`)
      this.state = 'chunk-size'
    }
    return end + 2
  }

  private beginChunk(line: string): void {
    const match = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)
    if (!match) throw new MalformedResponse(`not a chunk size: ${quote(line)}`)
    this.left = Number.parseInt(match[1]!, 16)
    this.state = this.left === 0 ? 'trailers' : 'chunk-data'
  }

  private finish(): void {
    this.state = 'done'
    this.sink.end()
  }
}

function bodyFraming({ status, headers }: ResponseHead): { state: State; length: number } {
  const length = headers.get('content-length')
  const coding = headers.get('transfer-encoding')?.toLowerCase()
  if (status === 204 || status === 304) return { state: 'length', length: 0 }
  if (coding !== undefined && length !== undefined)
    throw new MalformedResponse('the response has both content-length and transfer-encoding')
  if (coding === 'chunked') return { state: 'chunk-size', length: 0 }
  if (coding !== undefined) throw new MalformedResponse(`transfer-encoding ${quote(coding)} is not supported`)
  if (length === undefined) return { state: 'until-close', length: 0 }
  if (!/^\d{1,15}$/.test(length)) throw new MalformedResponse(`content-length is not a number: ${quote(length)}`)
  return { state: 'length', length: Number(length) }
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    if (!HEADER_NAME.test(name)) throw new MalformedResponse(`not a header: ${quote(line)}`)
    const before = headers.get(name)
    const value = line.slice(colon + 1).trim()
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return headers
}

/** Detects a TLS, SSH or HTTP/2 server by its first bytes, instead of waiting for a blank line. */
function rejectOtherProtocol(bytes: Uint8Array): void {
  const start = asBuffer(bytes).toString('latin1', 0, Math.min(bytes.length, 7))
  if (!'HTTP/1.'.startsWith(start)) throw new MalformedResponse(`not an HTTP/1.1 response: ${quote(start)}`)
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const quote = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)
