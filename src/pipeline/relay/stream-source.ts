import type { GatewayError } from '../../errors.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { StreamTranscoder } from '../transcode/transcoder.ts'
import type { Events, UpstreamStream } from './upstream-stream.ts'

/** A stream of an upstream that has begun. */
export interface StreamSource {
  readonly attempt: Attempt
  readonly stream: UpstreamStream
  /** What came up to its first event. */
  readonly beginning: Events
}

/** Continues a stream that broke, from another endpoint. */
export interface Resume {
  /** Remembers events that the client was sent. */
  observe(events: Events): void
  /**
   * The rest of the response that `before` carried until it broke with `error`; undefined when no endpoint can continue it
   * exactly.
   */
  next(before: StreamTranscoder, error: GatewayError): Promise<StreamSource | undefined>
}
