import { GatewayError } from '../../errors.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { Call } from '../call/call.ts'
import { clientClosed } from '../call/client-closed.ts'
import type { ClientStream, DirectController } from './client-stream.ts'
import type { Resume, StreamSource } from './stream-source.ts'
import type { Accepted } from '../attempt/send-attempt.ts'
import { type Events, UpstreamStream } from './upstream-stream.ts'

/**
 * A streamed answer. The first event that says something is looked at before the status line leaves: an error there is
 * still a real HTTP error, and another endpoint can still be asked. After that bytes flow as they come, whole events at a
 * time. A stream that breaks is resumed on another endpoint if `resume` can, otherwise it ends with an error event. Throws
 * GatewayError before the first event.
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
  const headers = responseHeaders(call, transcoder.streamType, transcoder.responseHeaders(upstream.headers))
  headers['cache-control'] = 'no-cache'
  headers['x-accel-buffering'] = 'no' // or a proxy in front keeps our events until it has a buffer full
  const body = { type: 'direct', pull: (to: DirectController) => relay.pull(to), cancel: () => relay.cancelled() }
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

  pull(to: DirectController): Promise<void> {
    this.#client.open(to)
    return this.#run()
  }

  /**
   * The client closed the connection; the runtime tells us here or by the request's signal, whichever is first. If it did
   * so before the answer began, nobody has pulled.
   */
  cancelled(): void {
    this.#client.leave()
    if (this.#source.attempt.onDisconnect === 'finish') {
      if (!this.#hasBegun) void this.#run()
      return
    }
    const error = clientClosed()
    this.#drop(error)
    if (!this.#call.outcome.failure) this.#call.outcome.fail(error)
    this.#call.outcome.settle(499)
  }

  /** Carries the answer to the client, from as many upstreams as it takes. */
  async #run(): Promise<void> {
    this.#hasBegun = true
    let broken = await this.#pump()
    while (broken?.retryable) {
      this.#drop(broken)
      const rest = await this.#resume?.next(this.#source.stream.transcoder, broken)
      if (!rest) break
      rest.attempt.claim()
      this.#source = rest
      broken = await this.#pump()
    }
    if (broken) this.#break(broken)
    else this.#source.attempt.succeed()
    this.#call.outcome.settle(broken?.code === 'client_closed' ? 499 : this.#status)
    this.#client.close()
  }

  /** Forwards one upstream to its end. What it ended of, or undefined when the answer is complete. */
  async #pump(): Promise<GatewayError | undefined> {
    const { stream, attempt, beginning } = this.#source
    try {
      for (let events: Events | undefined = beginning; events !== undefined; events = await stream.next()) {
        this.#resume?.observe(events)
        const room = this.#client.write(events)
        if (room) await this.#waitFor(room, attempt)
      }
      attempt.count(stream.transcoder.usage)
      return undefined
    } catch (thrown) {
      return this.#forgive(attempt.errorFrom(thrown))
    }
  }

  /** A connection that breaks when everything has been said takes nothing from the answer. */
  #forgive(error: GatewayError): GatewayError | undefined {
    const { attempt, stream } = this.#source
    const last = error.code === 'client_closed' ? undefined : stream.transcoder.finishIfComplete()
    if (last === undefined) return error
    attempt.count(stream.transcoder.usage)
    this.#drop(error)
    if (last.length > 0) void this.#client.write(last)
    return undefined
  }

  /** Reads nothing meanwhile, so that the upstream is held back too; its silence is not its fault. */
  async #waitFor(room: Promise<unknown>, attempt: Attempt): Promise<void> {
    attempt.pause()
    await Promise.race([room, attempt.cut])
    attempt.event(performance.now())
  }

  #break(error: GatewayError): void {
    this.#drop(error)
    this.#call.outcome.fail(error)
    if (error.code === 'client_closed') return
    const last = this.#source.stream.transcoder.fail(error)
    if (last === undefined) this.#client.cut()
    else void this.#client.write(last)
  }

  #drop(error: GatewayError): void {
    const { attempt, stream } = this.#source
    attempt.fail(error)
    void stream.abandon(error)
  }
}
