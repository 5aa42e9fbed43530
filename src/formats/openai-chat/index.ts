import type { ChatFormat } from '../format.ts'
import { sseFrames } from '../../codecs/framing/sse.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { acceptsMedia } from './encode-content.ts'
import { createDecoder } from './decode-events.ts'
import { decodeRequest } from './decode-request.ts'
import { decodeResponse } from './decode-response.ts'
import { encodeError } from '../openai-shared/encode-error.ts'
import { createEncoder } from './encode-events.ts'
import { encodeRequest } from './encode-request.ts'
import { generalize } from './generalize.ts'
import { encodeResponse } from './encode-response.ts'
import { NAME } from '../openai-shared/name.ts'

/** OpenAI's Chat Completions, including the variants of compatible servers. */
export const openaiChat: ChatFormat = {
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
