import { GatewayError } from '../../errors.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { StreamTranscoder } from '../transcode/transcoder.ts'

/** What a client is sent: whole events. */
export type Events = Uint8Array | string

/** The stream of one upstream, read in the client's words. */
export class UpstreamStream {
  readonly transcoder: StreamTranscoder
  readonly #attempt: Attempt
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #hasEnded = false

  /** Throws GatewayError for a body that is no stream of the language expected. */
  constructor(attempt: Attempt, upstream: Response, carrier: StreamTranscoder) {
    const contentType = upstream.headers.get('content-type') ?? ''
    if (!upstream.body || !carrier.contentType.test(contentType)) {
      const found = contentType.slice(0, 60) || 'an untyped body'
      throw new GatewayError('upstream_malformed', `The upstream answered a stream with ${found}.`)
    }
    this.transcoder = carrier
    this.#attempt = attempt
    this.#reader = upstream.body.getReader() as ReadableStreamDefaultReader<Uint8Array>
  }

  /**
   * The events up to the first that says something, comments before it included. Throws for a stream that begins with an
   * error or ends before it said anything: until here another endpoint can be asked.
   */
  async begin(): Promise<Events> {
    const seen: Events[] = []
    while (!this.transcoder.hasBegun) {
      const events = await this.next()
      if (events !== undefined) seen.push(events)
      else if (this.#hasEnded) break
    }
    if (!this.transcoder.hasBegun)
      throw new GatewayError('upstream_malformed', 'The upstream ended its stream before the first event.')
    this.#attempt.firstEvent(performance.now())
    return seen.length === 1 ? seen[0]! : Buffer.concat(seen.map((events) => Buffer.from(events)))
  }

  /** The next whole events, undefined at the end. Throws GatewayError for what breaks the answer. */
  async next(): Promise<Events | undefined> {
    if (this.#hasEnded) return undefined
    for (;;) {
      if (this.transcoder.failure) throw this.transcoder.failure
      const { done, value } = await this.#reader.read()
      if (done) {
        this.#hasEnded = true
        return this.transcoder.end()
      }
      this.#attempt.event(performance.now())
      const events = this.transcoder.push(value)
      if (events !== undefined) return events
    }
  }

  /** Nobody will read on. */
  async abandon(error: GatewayError): Promise<void> {
    try {
      await this.#reader.cancel(error)
    } catch {
      // It was broken already. Unread, this rejection would end the process.
    }
  }
}
