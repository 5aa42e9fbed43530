// The effect of a fault on one request.
import type { ErrorStyle } from '../formats/error-style.ts'
import type { Reply, Sink, StreamReply, WholeReply } from '../wire/reply.ts'
import { drip } from './drip.ts'
import type { Fault } from './fault.ts'

/** Returns a reply instead of the server's, or changes the reply of `answer`. */
export async function applyFault(fault: Fault, errorStyle: ErrorStyle, answer: () => Promise<Reply>): Promise<Reply> {
  const replacement = replacementFor(fault, errorStyle)
  if (replacement) return replacement
  const reply = await answer()
  // Errors of the server itself are not damaged.
  if (reply.type === 'none' || reply.status !== 200) return reply
  if (fault.kind === 'error-event') return errorInside(reply, errorStyle)
  if (fault.kind === 'truncated-json' && reply.type === 'whole') return { ...reply, body: half(reply.body) }
  const stream = reply.type === 'stream' ? reply : inPieces(reply)
  return {
    ...stream,
    start: (sink) => stream.start(fault.kind === 'slow-drip' ? drip(sink) : injectAfter(sink, fault)),
  }
}

/** The replies of faults that do not need the server. */
function replacementFor({ kind, retryAfter, after }: Fault, errorStyle: ErrorStyle): Reply | undefined {
  const errorReply = (status: number, message: string): WholeReply => {
    const reply = errorStyle.error(status, message)
    return retryAfter === null ? reply : { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfter) } }
  }
  switch (kind) {
    case 'status-429':
      return errorReply(429, 'Rate limit reached (simulated).')
    case 'status-500':
      return errorReply(500, ENGINE_ISSUE)
    case 'status-503':
      return errorReply(503, 'The server is overloaded (simulated).')
    case 'html-error':
      return whole(502, 'text/html', '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>')
    case 'empty':
      return whole(200, 'application/json', '')
    case 'hang':
      return { type: 'none', how: 'silence' }
    case 'drop':
    case 'reset':
      return after === 0 ? { type: 'none', how: kind === 'drop' ? 'close' : 'reset' } : undefined
    default:
      return undefined
  }
}

const whole = (status: number, contentType: string, body: string): WholeReply => ({
  type: 'whole',
  status,
  headers: { 'content-type': contentType },
  body,
})

const half = (text: string): string => text.slice(0, text.length >> 1)

const ENGINE_ISSUE = 'EngineCore encountered an issue (simulated).'

/** vLLM reports a failed engine inside a stream that began with 200. */
function errorInside(reply: WholeReply | StreamReply, errorStyle: ErrorStyle): Reply {
  if (reply.type === 'whole') return { ...reply, body: errorStyle.error(500, ENGINE_ISSUE).body }
  const start = (sink: Sink) => {
    sink.write(errorStyle.errorEvents(500, ENGINE_ISSUE))
    sink.end()
  }
  return { ...reply, start }
}

const PIECES = 8

/** Turns a whole body into a stream, so that it can be damaged in the middle. */
function inPieces(reply: WholeReply): StreamReply {
  const size = Math.ceil(reply.body.length / PIECES)
  const start = (sink: Sink) => {
    for (let from = 0; from < reply.body.length; from += size) sink.write(reply.body.slice(from, from + size))
    sink.end()
  }
  return { type: 'stream', status: reply.status, headers: reply.headers, start }
}

/** Passes `after` events, then injects the fault once. */
function injectAfter(sink: Sink, fault: Fault): Sink {
  let left = fault.after
  let silent = false
  return {
    write(text) {
      if (silent) return
      if (left-- !== 0) return sink.write(text)
      silent = fault.kind !== 'malformed-sse'
      inject(sink, fault, text)
    },
    end() {
      if (!silent) sink.end()
    },
    breakOff: sink.breakOff,
  }
}

function inject(sink: Sink, { kind }: Fault, next: string): void {
  switch (kind) {
    case 'cut':
      return sink.end()
    case 'truncated-json':
      sink.write(half(next))
      return sink.end()
    case 'malformed-sse':
      return sink.write(`${half(next).trimEnd()}\n\n`)
    case 'drop':
      return sink.breakOff('close')
    case 'reset':
      return sink.breakOff('reset')
    default:
      return // hang-stream: nothing more is sent
  }
}
