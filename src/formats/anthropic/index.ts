import type { ChatFormat } from '../format.ts'
import { sseFrames } from '../../codecs/framing/sse.ts'
import { APIS } from '../apis/apis.ts'
import { acceptsMedia } from './media.ts'
import { createDecoder } from './decode-events.ts'
import { decodeError } from './decode-error.ts'
import { decodeRequest } from './decode-request.ts'
import { decodeResponse } from './decode-response.ts'
import { createEncoder } from './encode-events.ts'
import { encodeError } from './encode-error.ts'
import { encodeRequest } from './encode-request.ts'
import { encodeResponse } from './encode-response.ts'
import { generalize } from './generalize.ts'
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
