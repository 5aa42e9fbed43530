import { MOST_RESPONSE_BYTES, tooLargeResponse } from '../transcode/response-size.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Call } from '../call/call.ts'
import type { Accepted } from '../attempt/send-attempt.ts'

/** A whole answer: it leaves when it has come completely and is one, so that until then another endpoint can be asked. */
export async function relayWhole(call: Call, { attempt, upstream, transcoder }: Accepted): Promise<Response> {
  const bytes = await readAll(upstream)
  attempt.event(performance.now())
  const { body, usage, contentType = 'application/json' } = transcoder.whole(bytes)
  attempt.claim()
  attempt.count(usage)
  attempt.succeed()
  // Whatever the upstream calls it, it has just been read as what it is.
  return new Response(body, {
    headers: responseHeaders(call, contentType, transcoder.responseHeaders(upstream.headers)),
  })
}

async function readAll(upstream: Response): Promise<Uint8Array<ArrayBuffer>> {
  const { headers } = upstream
  const declared = headers.get('content-length')
  const isPacked = headers.has('content-encoding') // unpacked by the runtime, it may be a thousand times what was declared
  if (declared !== null && !isPacked && Number(declared) <= MOST_RESPONSE_BYTES)
    return new Uint8Array(await upstream.arrayBuffer())
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of upstream.body ?? []) {
    bytes += chunk.length
    if (bytes > MOST_RESPONSE_BYTES) throw tooLargeResponse()
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}
