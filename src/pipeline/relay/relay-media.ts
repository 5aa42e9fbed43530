import { GatewayError } from '../../errors.ts'
import type { Call } from '../call/call.ts'
import type { ClientStream } from './client-stream.ts'
import { bytesTranscoder, textTranscoder } from '../transcode/media.ts'
import { EVENT_STREAMS } from '../transcode/transcoder.ts'
import { relayStream } from './relay-stream.ts'
import { relayWhole } from './relay-whole.ts'
import type { Answering } from '../attempt/send-attempt.ts'

/**
 * An answer about images or sound goes the way that its own type says: JSON and text as a whole, so that until the end
 * another endpoint can be asked; events and bytes as they come.
 */
export function relayMedia(
  call: Call,
  answering: Answering,
  client: (mayHaveComments: boolean) => ClientStream,
): Promise<Response> {
  const type = answering.upstream.headers.get('content-type') ?? ''
  if (EVENT_STREAMS.test(type)) return relayStream(call, answering, client(true), undefined)
  if (/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(type)) return relayWhole(call, answering)
  if (/^(?:text\/html|application\/xhtml)/i.test(type))
    throw new GatewayError('upstream_malformed', 'The upstream answered with a page for people.')
  if (/^(?:text\/|application\/x-subrip)/i.test(type))
    return relayWhole(call, { ...answering, transcoder: textTranscoder(answering.transcoder, type) })
  return relayStream(
    call,
    { ...answering, transcoder: bytesTranscoder(answering.transcoder, type) },
    client(false),
    undefined,
  )
}
