import type { ChatFormat } from '../format.ts'
import { awsEventStreamFrames, awsEventStreamMessage } from '../../codecs/framing/aws-event-stream.ts'
import { acceptsMedia } from './media.ts'
import { createDecoder } from './decode-events.ts'
import { decodeError } from './decode-error.ts'
import { decodeRequest } from './decode-request.ts'
import { decodeResponse } from './decode-response.ts'
import { createEncoder } from './encode-events.ts'
import { encodeError } from './encode-error.ts'
import { encodeRequest } from './encode-request.ts'
import { encodeResponse } from './encode-response.ts'
import { CONVERSE } from './name.ts'

/** Amazon Bedrock's Converse: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const bedrockConverse: ChatFormat = {
  name: CONVERSE,
  decodeRequest,
  encodeRequest,
  acceptsMedia,
  decodeResponse,
  encodeResponse,
  createDecoder,
  createEncoder,
  decodeError,
  encodeError,
  createFrames: awsEventStreamFrames,
  writeFrame: awsEventStreamMessage,
  keepAlive: undefined,
  streamType: 'application/vnd.amazon.eventstream',
  streamContent: /^application\/vnd\.amazon\.eventstream *(?:;|$)/i,
  isBinary: true,
}
