import type { ChatFormat } from '../format.ts'
import { sseFrames } from '../../codecs/framing/sse.ts'
import { COMMENT } from '../apis/api.ts'
import { decodeError } from './decode-error.ts'
import { createDecoder } from './decode-events.ts'
import { decodeRequest } from './decode-request.ts'
import { decodeResponse } from './decode-response.ts'
import { encodeError } from './encode-error.ts'
import { createEncoder } from './encode-events.ts'
import { encodeRequest } from './encode-request.ts'
import { encodeResponse } from './encode-response.ts'
import { generalize } from './generalize.ts'
import { NAME } from './name.ts'

/** Cohere's v2 chat API: https://docs.cohere.com/reference/chat */
export const cohere: ChatFormat = {
  name: NAME,
  decodeRequest,
  encodeRequest,
  generalize,
  acceptsMedia: ({ kind, source }) => kind === 'image' && source.type !== 'text',
  decodeResponse,
  encodeResponse,
  createDecoder,
  createEncoder,
  decodeError,
  encodeError,
  createFrames: sseFrames,
  keepAlive: COMMENT,
  streamType: 'text/event-stream',
}
