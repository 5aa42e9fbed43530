import { GatewayError } from '../../errors.ts'
import type { Call } from '../call/call.ts'
import type { ClientStream } from './client-stream.ts'
import { bytesTranscoder, textTranscoder } from '../transcode/media.ts'
import { EVENT_STREAMS } from '../transcode/transcoder.ts'
import { relayStream } from './relay-stream.ts'
import { relayWhole } from './relay-whole.ts'
import type { Accepted } from '../attempt/send-attempt.ts'

/**
 * An answer about images or sound goes the way that its own type says: JSON and text as a whole, so that until the end
 * another endpoint can be asked; events and bytes as they come.
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
    throw new GatewayError('upstream_malformed', 'The upstream answered with a page for people.')
  if (/^(?:text\/|application\/x-subrip)/i.test(type))
    return relayWhole(call, { ...accepted, transcoder: textTranscoder(accepted.transcoder, type) })
  return relayStream(
    call,
    { ...accepted, transcoder: bytesTranscoder(accepted.transcoder, type) },
    client(false),
    undefined,
  )
}
