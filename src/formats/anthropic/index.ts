import type { ChatFormat } from '../format.ts'
import { sseFrames } from '../../codecs/framing/sse.ts'
import { APIS } from '../apis/apis.ts'
import { acceptsMedia } from './content/media.ts'
import { createDecoder } from './stream/decode-events.ts'
import { decodeError } from './response/decode-error.ts'
import { decodeRequest } from './request/decode-request.ts'
import { decodeResponse } from './response/decode-response.ts'
import { createEncoder } from './stream/encode-events.ts'
import { encodeError } from './response/encode-error.ts'
import { encodeRequest } from './request/encode-request.ts'
import { encodeResponse } from './response/encode-response.ts'
import { generalize } from './request/generalize.ts'
import { ANTHROPIC } from '../claude/name.ts'

/** Anthropic Messages: https://platform.claude.com/docs/en/api/messages */
export const anthropic: ChatFormat = {
  name: ANTHROPIC,
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
  keepAlive: APIS.anthropic.keepAlive,
  streamType: 'text/event-stream; charset=utf-8',
}
