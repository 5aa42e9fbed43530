import { asGatewayError } from '../../errors.ts'
import { requestedEncoding, withEncoding } from '../../formats/embeddings/normalize-vectors.ts'
import { openaiEmbeddings } from '../../formats/embeddings/openai.ts'
import { type AnyWholeFormat, wholeFormat } from '../../formats/whole-formats.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Call } from '../call/call.ts'
import { upstreamFacts } from './upstream-facts.ts'
import { openaiWhole } from './openai.ts'
import { EVENT_STREAM, type Transcoder, type WholeResponse } from './transcoder.ts'
import { readJson } from './read-json.ts'

/** The responses of operations without streams. */
export function wholeTranscoder(call: Call, api: Api, from: AnyWholeFormat): Transcoder {
  const to = wholeFormat(call.arrival.api!.name)!
  const isSame = from === to
  return {
    whole: (bytes) => (isSame ? forwarded(call, from, bytes) : translated(call, from, to, bytes)),
    stream: noStream,
    readError: from.decodeError,
    forwardsErrors: isSame,
    responseHeaders: (upstream) => upstreamFacts(upstream, api, call.arrival.api!),
    streamType: EVENT_STREAM,
  }
}

function noStream(): never {
  throw asGatewayError(new Error('A stream was started for an operation without streams.'))
}

/**
 * For the same format on both sides: bytes are forwarded unchanged, except vectors in another encoding than the client
 * requested.
 */
function forwarded(call: Call, format: AnyWholeFormat, bytes: Uint8Array<ArrayBuffer>): WholeResponse {
  const { body, usage = format.readUsage?.(bytes) } = openaiWhole(bytes)
  const encoding =
    format.name === openaiEmbeddings.name ? requestedEncoding(call.body.envelope, call.body.bytes) : undefined
  return { body: encoding === undefined ? body : withEncoding(bytes, encoding), usage }
}

function translated(
  call: Call,
  from: AnyWholeFormat,
  to: AnyWholeFormat,
  bytes: Uint8Array<ArrayBuffer>,
): WholeResponse {
  const request = call.body.canonicalWhole()
  const answer = from.decodeResponse(readJson(bytes, from.decodeError), request)
  return { body: JSON.stringify(to.encodeResponse(answer, request, call.arrival.id)), usage: answer.usage }
}
