import { GatewayError } from '../../errors.ts'
import type { Call } from '../call/call.ts'
import type { ClientStream } from './client-stream.ts'
import { bytesTranscoder, textTranscoder } from '../transcode/media.ts'
import { EVENT_STREAMS } from '../transcode/transcoder.ts'
import { relayStream } from './relay-stream.ts'
import { relayWhole } from './relay-whole.ts'
import type { Accepted } from '../attempt/send-attempt.ts'

/**
 * Relays a response with images or audio by its content type: JSON and text when complete, so that another endpoint can
 * be tried until then; events and bytes as they arrive.
 */
export function relayMedia(
  call: Call,
  accepted: Accepted,
  client: (mayHaveComments: boolean) => ClientStream,
): Promise<Response> {
  const type = accepted.upstream.headers.get('content-type') ?? ''
  if (EVENT_STREAMS.test(type)) return relayStream(call, accepted, client(true), undefined)
  if (/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(type)) return relayWhole(call, accepted)
  if (/^(?:text\/html|application\/xhtml)/i.test(type))
    throw new GatewayError(
      'upstream_malformed',
      'The upstream returned an HTML page instead of an API response. Check `baseUrl`.',
    )
  if (/^(?:text\/|application\/x-subrip)/i.test(type))
    return relayWhole(call, { ...accepted, transcoder: textTranscoder(accepted.transcoder, type) })
  return relayStream(
    call,
    { ...accepted, transcoder: bytesTranscoder(accepted.transcoder, type) },
    client(false),
    undefined,
  )
}
