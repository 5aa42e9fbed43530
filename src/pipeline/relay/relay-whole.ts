import { withoutMark } from '../../codecs/byte-order-mark.ts'
import { MAX_RESPONSE_BYTES, tooLargeResponse } from '../transcode/response-size.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Call } from '../call/call.ts'
import type { Accepted } from '../attempt/send-attempt.ts'

/**
 * Relays a response that is not streamed. It is sent when it is complete and valid, so that another endpoint can be
 * tried until then.
 */
export async function relayWhole(call: Call, { attempt, upstream, transcoder }: Accepted): Promise<Response> {
  const bytes = await upstream.body.readAll(MAX_RESPONSE_BYTES, tooLargeResponse)
  attempt.event(performance.now())
  const { body, usage, contentType = 'application/json' } = transcoder.whole(withoutMark(bytes))
  const { secrets } = attempt
  attempt.claim()
  attempt.count(usage)
  attempt.succeed()
  if (call.recorder) await call.recorder.whole(body)
  // The upstream's own content type is not used: the body has just been parsed.
  return new Response(typeof body === 'string' ? secrets.clean(body) : secrets.cleanPlain(body), {
    headers: responseHeaders(call, contentType, secrets.cleanAll(transcoder.responseHeaders(upstream.headers))),
  })
}
