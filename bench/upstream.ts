// A model server that costs as little CPU as possible: it responds to every chat request with the same bytes, in OpenAI's
// format or, at /v1/messages, in Anthropic's. If a body has `"stream":true` near its start, `max_tokens` is the number of
// chunks and `seed` the milliseconds between them (0: as fast as they are read). Prints its port. Run by bench/main.ts as
// its own process.
import type { Socket } from 'bun'
import {
  CHUNK,
  MESSAGES_CHUNK,
  MESSAGES_END,
  MESSAGES_HEAD,
  MESSAGES_COMPLETE,
  MODELS,
  STREAM_END,
  STREAM_HEAD,
  COMPLETE,
} from './canned.ts'

/** The bytes of the responses in one format. */
const CHAT = { complete: COMPLETE, head: STREAM_HEAD, chunk: CHUNK, end: STREAM_END }
const MESSAGES = { complete: MESSAGES_COMPLETE, head: MESSAGES_HEAD, chunk: MESSAGES_CHUNK, end: MESSAGES_END }

interface ClientState {
  /** An incomplete head. */
  pending: Buffer | undefined
  /** Body bytes still to come; -1 while the body is chunked. */
  bodyLeft: number
  /** Request line and the start of the body. */
  peek: string
  stream: Stream | undefined
}

interface Stream {
  readonly canned: typeof CHAT
  chunksLeft: number
  readonly paceMs: number
  unsent: Buffer | undefined
}

type Peer = Socket<ClientState>

const PEEK_BYTES = 4096
const WHEEL_SLOTS = 4096

const server = Bun.listen<ClientState>({
  hostname: '127.0.0.1',
  port: Number(process.argv[2] ?? 0),
  socket: {
    open(peer) {
      peer.data = { pending: undefined, bodyLeft: 0, peek: '', stream: undefined }
    },
    data: read,
    drain: resume,
    close(peer) {
      peer.data.stream = undefined
    },
    error: () => undefined,
  },
})

console.log(server.port)

function read(peer: Peer, bytes: Buffer): void {
  const client = peer.data
  if (client.bodyLeft === 0) return readHead(peer, client.pending ? Buffer.concat([client.pending, bytes]) : bytes)
  if (client.peek.endsWith('\n')) client.peek += bytes.toString('latin1', 0, PEEK_BYTES)
  readBody(peer, bytes)
}

function readHead(peer: Peer, bytes: Buffer): void {
  const client = peer.data
  const end = bytes.indexOf('\r\n\r\n')
  client.pending = end === -1 ? bytes : undefined
  if (end === -1) return
  const head = bytes.toString('latin1', 0, end)
  const length = /content-length: *(\d+)/i.exec(head)?.[1]
  client.peek = `${head.slice(0, head.indexOf('\r'))}\n${bytes.toString('latin1', end + 4, end + 4 + PEEK_BYTES)}`
  client.bodyLeft = /transfer-encoding: *chunked/i.test(head) ? -1 : Number(length ?? 0)
  readBody(peer, bytes.subarray(end + 4))
}

function readBody(peer: Peer, bytes: Buffer): void {
  const client = peer.data
  if (client.bodyLeft === -1) client.bodyLeft = endsChunked(bytes) ? 0 : -1
  else client.bodyLeft = Math.max(client.bodyLeft - bytes.length, 0)
  if (client.bodyLeft === 0) respond(peer, client.peek)
}

const endsChunked = (bytes: Buffer) => bytes.toString('latin1', bytes.length - 5) === '0\r\n\r\n'

function respond(peer: Peer, peek: string): void {
  if (peek.startsWith('GET')) return void peer.write(MODELS)
  const canned = peek.startsWith('POST /v1/messages') ? MESSAGES : CHAT
  if (!/"stream": ?true/.test(peek)) return void peer.write(canned.complete)
  const stream: Stream = {
    canned: canned,
    chunksLeft: numberIn(peek, /"max_tokens": ?(\d+)/) || 16,
    paceMs: numberIn(peek, /"seed": ?(\d+)/),
    unsent: undefined,
  }
  peer.data.stream = stream
  send(peer, stream, Buffer.concat([canned.head, canned.chunk]))
  stream.chunksLeft--
  schedule(peer, stream)
}

const numberIn = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0)

function send(peer: Peer, stream: Stream, bytes: Buffer): void {
  const all = stream.unsent ? Buffer.concat([stream.unsent, bytes]) : bytes
  const written = stream.unsent ? 0 : peer.write(all)
  stream.unsent = written < all.length ? all.subarray(Math.max(written, 0)) : undefined
}

function resume(peer: Peer): void {
  const stream = peer.data.stream
  if (!stream?.unsent) return
  const unsent = stream.unsent
  stream.unsent = undefined
  send(peer, stream, unsent)
  if (!stream.unsent && stream.paceMs === 0) schedule(peer, stream)
}

// Paced streams share one timer wheel with a slot per millisecond. A timer for each would cost more than everything else.
const wheel: Peer[][] = Array.from({ length: WHEEL_SLOTS }, () => [])
let wheelAt = Math.floor(performance.now())
let unpaced: Peer[] = []

function schedule(peer: Peer, stream: Stream): void {
  if (stream.paceMs > 0) wheel[(wheelAt + stream.paceMs) % WHEEL_SLOTS]!.push(peer)
  else if (unpaced.push(peer) === 1) setImmediate(turnUnpaced)
}

setInterval(() => {
  const now = Math.floor(performance.now())
  for (; wheelAt < now; wheelAt++) {
    const slot = wheel[wheelAt % WHEEL_SLOTS]!
    if (slot.length === 0) continue
    wheel[wheelAt % WHEEL_SLOTS] = []
    for (const peer of slot) step(peer)
  }
}, 1)

function turnUnpaced(): void {
  const turn = unpaced
  unpaced = []
  for (const peer of turn) step(peer)
}

function step(peer: Peer): void {
  const stream = peer.data.stream
  if (!stream) return
  if (stream.chunksLeft === 0) {
    peer.data.stream = stream.unsent ? stream : undefined
    return send(peer, stream, stream.canned.end)
  }
  send(peer, stream, stream.canned.chunk)
  stream.chunksLeft--
  // An unpaced stream whose client does not read waits for the drain event; a paced one keeps its pace.
  if (!stream.unsent || stream.paceMs > 0) schedule(peer, stream)
}
