// Compression of streams (`server.compression.streams`).
import type { EncodeStream } from '../pipeline/call/stream-encoding.ts'
import { acceptedEncoding } from './accept-encoding.ts'
import { CompressedStream } from './compressed-stream.ts'

/** Server-sent events, lines of JSON, events of AWS, and Gemini's array that grows. */
const EVENTS = /^(?:text\/event-stream|application\/(?:x-ndjson|jsonl|json|vnd\.amazon\.eventstream)) *(?:;|$)/i

/** Encodes the stream for this request as the client accepts it. */
export const encodeStreamFor =
  ({ headers: request, method }: Pick<Request, 'headers' | 'method'>): EncodeStream =>
  (headers) => {
    if (!EVENTS.test(headers['content-type']!) || headers['content-encoding'] !== undefined) return undefined
    headers['vary'] = headers['vary'] === undefined ? 'accept-encoding' : `${headers['vary']}, accept-encoding`
    const { encoding } = acceptedEncoding(request.get('accept-encoding'))
    if (encoding === undefined || method === 'HEAD') return undefined
    headers['content-encoding'] = encoding
    if (headers['etag']?.startsWith('"')) headers['etag'] = `W/${headers['etag']}`
    return async (client, send) => {
      const stream = new CompressedStream(encoding, client)
      await send(stream)
      await stream.closed
    }
  }
