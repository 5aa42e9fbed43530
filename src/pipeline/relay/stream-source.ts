import type { GatewayError } from '../../errors.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { StreamTranscoder } from '../transcode/transcoder.ts'
import type { Events, UpstreamStream } from './upstream-stream.ts'

/** An upstream's stream that has begun. */
export interface StreamSource {
  readonly attempt: Attempt
  readonly stream: UpstreamStream
  /** The events up to the first one with content. */
  readonly beginning: Events
}

/** Resumes a broken stream on another endpoint. */
export interface Resume {
  /** Keeps events that were sent to the client. */
  observe(events: Events): void
  /**
   * The rest of the response that `before` carried until it broke with `error`; undefined if no endpoint can continue it
   * exactly.
   */
  next(before: StreamTranscoder, error: GatewayError): Promise<StreamSource | undefined>
}
