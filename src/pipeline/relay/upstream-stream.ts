import { GatewayError } from '../../errors.ts'
import type { UpstreamBody, UpstreamResponse } from '../../upstream/http1/response.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { StreamTranscoder } from '../transcode/transcoder.ts'

/** Whole events in the client's format. */
export type Events = Uint8Array | string

/** The stream of one upstream, transcoded to the client's format. */
export class UpstreamStream {
  readonly transcoder: StreamTranscoder
  readonly #attempt: Attempt
  readonly #body: UpstreamBody
  #hasEnded = false

  /** Throws GatewayError if the body is not a stream of the expected content type. */
  constructor(attempt: Attempt, { headers, body }: UpstreamResponse, transcoder: StreamTranscoder) {
    const contentType = headers.get('content-type') ?? ''
    if (!transcoder.contentType.test(contentType)) {
      const received = contentType.slice(0, 60) || 'a body without content-type'
      throw new GatewayError('upstream_malformed', `A stream was requested, but the upstream returned ${received}.`)
    }
    this.transcoder = transcoder
    this.#attempt = attempt
    this.#body = body
  }

  /**
   * The events up to the first one with content, including comments before it. Throws for a stream that begins with an
   * error or ends without content: until then another endpoint can be tried.
   */
  async begin(): Promise<Events> {
    const buffered: Events[] = []
    while (!this.transcoder.hasBegun) {
      const events = await this.next()
      if (events !== undefined) buffered.push(events)
      else if (this.#hasEnded) break
    }
    if (!this.transcoder.hasBegun)
      throw new GatewayError('upstream_malformed', 'The upstream ended its stream before the first event.')
    this.#attempt.firstEvent(performance.now())
    return buffered.length === 1 ? buffered[0]! : Buffer.concat(buffered.map((events) => Buffer.from(events)))
  }

  /** The next whole events; undefined at the end. Throws GatewayError for an invalid or broken response. */
  async next(): Promise<Events | undefined> {
    if (this.#hasEnded) return undefined
    for (;;) {
      if (this.transcoder.failure) throw this.transcoder.failure
      const read = this.#body.read()
      const part = read instanceof Promise ? await read : read
      if (!part) {
        this.#hasEnded = true
        return this.transcoder.end()
      }
      this.#attempt.event(performance.now())
      const events = this.transcoder.push(part)
      if (events !== undefined) return events
    }
  }

  /** Stops reading and closes the connection. */
  abandon(): void {
    this.#body.cancel()
  }
}
