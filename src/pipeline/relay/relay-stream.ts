import { GatewayError } from '../../errors.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { Call } from '../call/call.ts'
import { clientClosed } from '../call/client-closed.ts'
import type { DirectController } from '../call/stream-encoding.ts'
import type { ClientStream } from './client-stream.ts'
import type { Resume, StreamSource } from './stream-source.ts'
import type { Accepted } from '../attempt/send-attempt.ts'
import { type Events, UpstreamStream } from './upstream-stream.ts'

/**
 * Relays a stream. The status line is sent only after the first event with content: until then an error is still a real
 * HTTP error, and another endpoint can be tried. After that, whole events are sent as they arrive. A stream that breaks
 * is resumed on another endpoint if `resume` can, otherwise it ends with an error event. Throws GatewayError before the
 * first event.
 */
export async function relayStream(
  call: Call,
  accepted: Accepted,
  client: ClientStream,
  resume: Resume | undefined,
): Promise<Response> {
  const { attempt, upstream, transcoder } = accepted
  const stream = new UpstreamStream(attempt, upstream, transcoder.stream())
  const beginning = await stream.begin()
  attempt.claim()
  const { status } = upstream
  const relay = new StreamRelay(call, { attempt, stream, beginning }, client, resume, status)
  call.outcome.startStream()
  const headers = responseHeaders(
    call,
    transcoder.streamType,
    attempt.secrets.cleanAll(transcoder.responseHeaders(upstream.headers)),
  )
  headers['cache-control'] = 'no-cache'
  headers['x-accel-buffering'] = 'no' // otherwise a proxy in front may buffer the events
  const encoding = call.arrival.encodeStream?.(headers)
  const send = (controller: DirectController) => relay.pull(controller)
  const body = {
    type: 'direct',
    pull: encoding ? (controller: DirectController) => encoding(controller, send) : send,
    cancel: () => relay.cancelled(),
  }
  return new Response(new ReadableStream(body as unknown as Bun.DirectUnderlyingSource<Uint8Array>), {
    status,
    headers,
  })
}

class StreamRelay {
  readonly #call: Call
  readonly #client: ClientStream
  readonly #resume: Resume | undefined
  readonly #status: number
  #source: StreamSource
  #hasBegun = false

  constructor(call: Call, source: StreamSource, client: ClientStream, resume: Resume | undefined, status: number) {
    this.#call = call
    this.#source = source
    this.#client = client
    this.#resume = resume
    this.#status = status
  }

  pull(controller: DirectController): Promise<void> {
    this.#client.open(controller)
    return this.#run()
  }

  /**
   * The client closed the connection; the runtime reports it here or by the request's signal, whichever is first. If the
   * response had not begun, `pull` was never called.
   */
  cancelled(): void {
    this.#client.disconnect()
    if (this.#source.attempt.onDisconnect === 'finish') {
      if (!this.#hasBegun) void this.#run()
      return
    }
    const error = clientClosed()
    this.#abandonSource(error)
    if (!this.#call.outcome.failure) this.#call.outcome.fail(error)
    this.#call.outcome.settle(499)
  }

  /** Sends the response to the client, from one upstream or, if streams break, several. */
  async #run(): Promise<void> {
    this.#hasBegun = true
    let error = await this.#pump()
    while (error?.retryable) {
      this.#abandonSource(error)
      const resumed = await this.#resume?.next(this.#source.stream.transcoder, error)
      if (!resumed) break
      resumed.attempt.claim()
      this.#source = resumed
      error = await this.#pump()
    }
    if (error) this.#endWithError(error)
    else this.#source.attempt.succeed()
    this.#call.outcome.settle(error?.code === 'client_closed' ? 499 : this.#status)
    this.#client.close()
  }

  /**
   * Forwards one upstream's stream to its end. Returns the error that broke it, or undefined if the response is
   * complete.
   */
  async #pump(): Promise<GatewayError | undefined> {
    const { stream, attempt, beginning } = this.#source
    try {
      for (let events: Events | undefined = beginning; events !== undefined; events = await stream.next()) {
        this.#resume?.observe(events)
        const recorded = this.#call.recorder?.events(events)
        if (recorded) await recorded
        const drained = this.#client.write(events)
        if (drained) await this.#waitFor(drained, attempt)
      }
      attempt.count(stream.transcoder.usage)
      return undefined
    } catch (thrown) {
      return this.#finishIfComplete(attempt.errorFrom(thrown))
    }
  }

  /**
   * If the connection broke after the complete response, ends the stream without an error. Otherwise returns the error.
   */
  async #finishIfComplete(error: GatewayError): Promise<GatewayError | undefined> {
    const { attempt, stream } = this.#source
    const last = error.code === 'client_closed' ? undefined : stream.transcoder.finishIfComplete()
    if (last === undefined) return error
    attempt.count(stream.transcoder.usage)
    this.#abandonSource(error)
    if (last.length === 0) return undefined
    await this.#call.recorder?.events(last)
    void this.#client.write(last)
    return undefined
  }

  /** Waits for the client without reading from the upstream, so that it slows down too. Its idle timeout is paused. */
  async #waitFor(drained: Promise<unknown>, attempt: Attempt): Promise<void> {
    attempt.pause()
    await Promise.race([drained, attempt.aborted])
    attempt.event(performance.now())
  }

  #endWithError(error: GatewayError): void {
    this.#abandonSource(error)
    this.#call.outcome.fail(error)
    if (error.code === 'client_closed') return
    const last = this.#source.stream.transcoder.fail(error)
    if (last === undefined) this.#client.reset()
    else void this.#client.write(last)
  }

  #abandonSource(error: GatewayError): void {
    const { attempt, stream } = this.#source
    attempt.fail(error)
    stream.abandon()
  }
}
