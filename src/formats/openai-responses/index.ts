import type { ChatFormat } from '../format.ts'
import { sseFrames } from '../../codecs/framing/sse.ts'
import { decodeError } from './decode-error.ts'
import { acceptsMedia } from './media.ts'
import { createDecoder } from './decode-events.ts'
import { decodeRequest } from './decode-request.ts'
import { decodeResponse } from './decode-response.ts'
import { encodeError } from './encode-error.ts'
import { createEncoder } from './encode-events.ts'
import { encodeRequest } from './encode-request.ts'
import { generalize } from './generalize.ts'
import { encodeResponse } from './encode-response.ts'
import { NAME } from './name.ts'

/** OpenAI's Responses, including the variants of other servers. */
export const openaiResponses: ChatFormat = {
  name: NAME,
  decodeRequest,
  generalize,
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
