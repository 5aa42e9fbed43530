import type { ChatFormat } from '../format.ts'
import { jsonArrayFrames } from '../../codecs/framing/json-array.ts'
import { sseFrames } from '../../codecs/framing/sse.ts'
import { decodeError } from './response/decode-error.ts'
import { acceptsMedia } from './content/media.ts'
import { createDecoder } from './stream/decode-events.ts'
import { decodeRequest } from './request/decode-request.ts'
import { decodeResponse } from './response/decode-response.ts'
import { encodeError } from './response/encode-error.ts'
import { createEncoder, createListEncoder } from './stream/encode-events.ts'
import { encodeRequest } from './request/encode-request.ts'
import { encodeResponse } from './response/encode-response.ts'

/** generateContent of the Gemini API and of Vertex. Streams are server-sent events (`alt=sse`). */
export const gemini: ChatFormat = {
  name: 'gemini',
  decodeRequest,
  encodeRequest,
  acceptsMedia,
  takesModelMedia: true,
  decodeResponse,
  encodeResponse,
  createDecoder,
  createEncoder,
  createFrames: sseFrames,
  decodeError,
  encodeError,
  keepAlive: undefined,
  streamType: 'text/event-stream',
}

/** The same format with a stream as one list: streamGenerateContent without `alt=sse`. Its errors are lists as well. */
export const geminiList: ChatFormat = {
  ...gemini,
  createEncoder: createListEncoder,
  createFrames: jsonArrayFrames,
  streamContent: /^application\/json *(?:;|$)/i,
  encodeError(error, requestId) {
    const { status, body } = encodeError(error, requestId)
    return { status, body: `[${body}]` }
  },
  streamType: 'application/json',
}
