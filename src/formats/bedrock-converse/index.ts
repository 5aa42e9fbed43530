import type { ChatFormat } from '../format.ts'
import { awsEventStreamFrames, awsEventStreamMessage } from '../../codecs/framing/aws-event-stream.ts'
import { acceptsMedia } from './content/media.ts'
import { createDecoder } from './stream/decode-events.ts'
import { decodeError } from './response/decode-error.ts'
import { decodeRequest } from './request/decode-request.ts'
import { decodeResponse } from './response/decode-response.ts'
import { createEncoder } from './stream/encode-events.ts'
import { encodeError } from './response/encode-error.ts'
import { encodeRequest } from './request/encode-request.ts'
import { encodeResponse } from './response/encode-response.ts'
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
