import { GatewayError } from '../../errors.ts'
import { formatBytes } from '../../units.ts'
import { answerHeaders } from '../call/response-headers.ts'
import type { Call } from '../call/call.ts'
import type { Answering } from '../attempt/send-attempt.ts'

/** Vectors of 2,048 inputs are some 50 MB; more than this is no answer of a model. */
export const MOST_ANSWER_BYTES = 256 * 1024 * 1024

/** A whole answer: it leaves when it has come completely and is one, so that until then another endpoint can be asked. */
export async function relayWhole(call: Call, { attempt, upstream, transcoder, claim }: Answering): Promise<Response> {
  const bytes = await readAll(upstream)
  attempt.event(performance.now())
  const { body, usage, contentType = 'application/json' } = transcoder.whole(bytes)
  claim()
  call.usage = usage
  attempt.succeed()
  // Whatever the upstream calls it, it has just been read as what it is.
  return new Response(body, { headers: answerHeaders(call, contentType, transcoder.responseHeaders(upstream.headers)) })
}

async function readAll(upstream: Response): Promise<Uint8Array<ArrayBuffer>> {
  const { headers } = upstream
  const declared = headers.get('content-length')
  const isPacked = headers.has('content-encoding') // unpacked by the runtime, it may be a thousand times what was declared
  if (declared !== null && !isPacked && Number(declared) <= MOST_ANSWER_BYTES)
    return new Uint8Array(await upstream.arrayBuffer())
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of upstream.body ?? []) {
    bytes += chunk.length
    if (bytes > MOST_ANSWER_BYTES)
      throw new GatewayError(
        'upstream_malformed',
        `The upstream's answer is larger than ${formatBytes(MOST_ANSWER_BYTES)}.`,
      )
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}
