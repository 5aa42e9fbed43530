// What a call that is struck gets to see.
import { errorBody } from '../wire/errors.ts'
import { jsonReply, type Reply, type Sink, type StreamReply, type WholeReply } from '../wire/reply.ts'
import { drip } from './drip.ts'
import type { Fault } from './fault.ts'

/** Answers in place of the server, or changes what `answer` gives. */
export async function applyFault(fault: Fault, answer: () => Promise<Reply>): Promise<Reply> {
  const instead = insteadOf(fault)
  if (instead) return instead
  const reply = await answer()
  // The server's own refusals are not worth damaging.
  if (reply.type === 'none' || reply.status !== 200) return reply
  if (fault.kind === 'error-event') return errorInside(reply)
  if (fault.kind === 'truncated-json' && reply.type === 'whole') return { ...reply, body: half(reply.body) }
  const stream = reply.type === 'stream' ? reply : inPieces(reply)
  return {
    ...stream,
    start: (sink) => stream.start(fault.kind === 'slow-drip' ? drip(sink) : strikeAfter(sink, fault)),
  }
}

/** The faults that never ask the server. */
function insteadOf({ kind, retryAfter, after }: Fault): Reply | undefined {
  const retry: Record<string, string> = retryAfter === null ? {} : { 'retry-after': String(retryAfter) }
  switch (kind) {
    case 'status-429':
      return jsonReply(errorBody(429, 'Rate limit reached (simulated).'), 429, retry)
    case 'status-500':
      return jsonReply(errorBody(500, 'EngineCore encountered an issue (simulated).'), 500, retry)
    case 'status-503':
      return jsonReply(errorBody(503, 'The server is overloaded (simulated).'), 503, retry)
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

/** vLLM reports a failed engine inside a stream that had begun with 200. */
function errorInside(reply: WholeReply | StreamReply): Reply {
  const body = JSON.stringify(errorBody(500, 'EngineCore encountered an issue (simulated).'))
  if (reply.type === 'whole') return { ...reply, body }
  const start = (sink: Sink) => {
    sink.write(`data: ${body}\n\n`)
    sink.write('data: [DONE]\n\n')
    sink.end()
  }
  return { ...reply, start }
}

const PIECES = 8

/** A whole body as a stream, so that it can be damaged in its middle. */
function inPieces(reply: WholeReply): StreamReply {
  const size = Math.ceil(reply.body.length / PIECES)
  const start = (sink: Sink) => {
    for (let from = 0; from < reply.body.length; from += size) sink.write(reply.body.slice(from, from + size))
    sink.end()
  }
  return { type: 'stream', status: reply.status, headers: reply.headers, start }
}

/** Lets `after` events pass, then does the harm once. */
function strikeAfter(sink: Sink, fault: Fault): Sink {
  let left = fault.after
  let silent = false
  return {
    write(text) {
      if (silent) return
      if (left-- !== 0) return sink.write(text)
      silent = fault.kind !== 'malformed-sse'
      harm(sink, fault, text)
    },
    end() {
      if (!silent) sink.end()
    },
    breakOff: sink.breakOff,
  }
}

function harm(sink: Sink, { kind }: Fault, next: string): void {
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
      return // hang-stream: nothing more, ever
  }
}
