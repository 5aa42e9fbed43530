import type { ChatFormat } from '../format.ts'
import { sseFrames } from '../../codecs/framing/sse.ts'
import { decodeError } from './response/decode-error.ts'
import { acceptsMedia } from './content/media.ts'
import { createDecoder } from './stream/decode-events.ts'
import { decodeRequest } from './request/decode-request.ts'
import { decodeResponse } from './response/decode-response.ts'
import { encodeError } from './response/encode-error.ts'
import { createEncoder } from './stream/encode-events.ts'
import { encodeRequest } from './request/encode-request.ts'
import { generalize, plainTools } from './request/generalize.ts'
import { encodeResponse } from './response/encode-response.ts'
import { NAME } from './name.ts'

/** OpenAI's Responses, including the variants of other servers. */
export const openaiResponses: ChatFormat = {
  name: NAME,
  decodeRequest,
  generalize,
  plainTools,
  encodeRequest,
  acceptsMedia,
  decodeResponse,
  encodeResponse,
  createDecoder,
  createEncoder,
  decodeError,
  encodeError,
  createFrames: sseFrames,
  keepAlive: ': keepalive\n\n',
  streamType: 'text/event-stream',
}
