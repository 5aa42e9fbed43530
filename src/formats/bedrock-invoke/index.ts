import { awsEventStreamFrames } from '../../codecs/framing/aws-event-stream.ts'
import { anthropic } from '../anthropic/index.ts'
import { bedrockConverse } from '../bedrock-converse/index.ts'
import { requestFields } from '../fields/fields.ts'
import type { ChatFormat } from '../format.ts'
import { hasUrl, refuseUrls } from './no-urls.ts'
import { chunkFrames, chunkMessage, createChunkDecoder, createChunkEncoder } from './chunks.ts'

/**
 * Claude's own format at Bedrock: Anthropic's Messages without `model` and `stream`, which the path states, and with
 * the version and the betas in the body. The events of a stream are in AWS's binary frames. Errors are Bedrock's.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 */
export const bedrockInvoke: ChatFormat = {
  ...anthropic,
  encodeRequest(request, target, losses) {
    refuseUrls(request)
    return anthropic.encodeRequest(request, target, losses)
  },
  acceptsMedia: (part, request, target) => !hasUrl(part) && anthropic.acceptsMedia(part, request, target),
  createDecoder: () => createChunkDecoder(anthropic.createDecoder()),
  createEncoder: (facts, losses) => createChunkEncoder(anthropic.createEncoder(facts, losses)),
  decodeError: bedrockConverse.decodeError,
  encodeError: bedrockConverse.encodeError,
  createFrames: () => chunkFrames(awsEventStreamFrames()),
  writeFrame: chunkMessage,
  keepAlive: undefined,
  streamType: bedrockConverse.streamType,
  streamContent: bedrockConverse.streamContent!,
  isBinary: true,
}

/**
 * Token counts at Bedrock: the prompt is a Converse request in `input.converse`, or in `input.invokeModel.body` the
 * base64 of a body for Claude. Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
 */
export const bedrockCount: ChatFormat = {
  ...bedrockConverse,
  decodeRequest(body, facts) {
    const input = requestFields(body).requiredObject('input')
    const invoke = input.object('invokeModel')
    if (!invoke) return bedrockConverse.decodeRequest(input.requiredObject('converse').whole(), facts)
    return bedrockInvoke.decodeRequest(parsed(invoke.requiredString('body'), invoke), facts)
  },
}

function parsed(base64: string, invoke: ReturnType<typeof requestFields>): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString())
  } catch {
    throw invoke.wrong('body', 'must be base64 of JSON')
  }
}
