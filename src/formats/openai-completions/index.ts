import type { ClientFormat } from '../format.ts'
import { COMMENT } from '../apis/api.ts'
import { encodeError } from '../openai-shared/encode-error.ts'
import { createEncoder } from './encode-events.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeResponse } from './encode-response.ts'

/**
 * OpenAI's older Completions API, for clients of chat models. Upstreams that have this API get the client's bytes.
 * Source: https://platform.openai.com/docs/api-reference/completions
 */
export const openaiCompletions: ClientFormat = {
  decodeRequest,
  encodeResponse,
  createEncoder,
  encodeError,
  keepAlive: COMMENT,
  streamType: 'text/event-stream',
}
