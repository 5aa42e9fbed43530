import { GatewayError } from '../errors.ts'
import { encodeErrorEvent } from '../formats/openai-chat/encode-error.ts'
import { isUsageOnly, type StreamEnd } from '../formats/openai/stream-tail.ts'
import { eventData, splitEvents } from '../formats/sse.ts'
import { answerHeaders } from './answer-headers.ts'
import type { Attempt } from './attempt.ts'
import type { Call } from './call.ts'
import { clientClosed } from './client-closed.ts'
import type { ClientStream, DirectController } from './client-stream.ts'
import type { Continuation, Rest } from './continuation.ts'
import type { Answering } from './send-attempt.ts'
import { StreamEnding } from './stream-ending.ts'
import { UpstreamStream } from './upstream-stream.ts'

/** With its charset, though streams have no other: some clients take text without one for Latin-1. */
const EVENT_STREAM = 'text/event-stream; charset=utf-8'

/**
 * A streamed answer. The first event that says something is looked at before the status line leaves: an error there is
 * still a real HTTP error, and another endpoint can still be asked. After that bytes flow as they come, whole events at a
 * time. A stream that breaks is gone on with elsewhere if `continuation` can, else it ends with an error event. Throws
 * GatewayError before the first event.
 */
export async function relayStream(
  call: Call,
  answering: Answering,
  client: ClientStream,
  continuation: Continuation | undefined,
): Promise<Response> {
  const { attempt, upstream, hidesUsage, claim } = answering
  const stream = new UpstreamStream(attempt, upstream)
  const beginning = await stream.begin()
  claim()
  const relay = new StreamRelay(call, { attempt, stream, beginning, rewrite: asItIs }, hidesUsage, client, continuation)
  call.isStreaming = true
  const headers = answerHeaders(call, EVENT_STREAM, upstream.headers)
  headers['cache-control'] = 'no-cache'
  headers['x-accel-buffering'] = 'no' // or a proxy in front keeps our events until it has a buffer full
  const body = { type: 'direct', pull: (to: DirectController) => relay.pull(to), cancel: () => relay.cancelled() }
  return new Response(new ReadableStream(body as unknown as Bun.DirectUnderlyingSource<Uint8Array>), { headers })
}

const cutInTheMiddle = () =>
  new GatewayError('upstream_cut', 'The upstream ended its stream in the middle of the answer.')

const asItIs = (events: Uint8Array): Uint8Array => events

class StreamRelay {
  readonly #call: Call
  readonly #hidesUsage: boolean
  readonly #client: ClientStream
  readonly #continuation: Continuation | undefined
  #source: Rest
  readonly #ending: StreamEnding
  #hasBegun = false

  constructor(
    call: Call,
    source: Rest,
    hidesUsage: boolean,
    client: ClientStream,
    continuation: Continuation | undefined,
  ) {
    this.#call = call
    this.#source = source
    this.#hidesUsage = hidesUsage
    this.#client = client
    this.#continuation = continuation
    this.#ending = new StreamEnding(call)
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
    if (this.#call.onDisconnect === 'finish') {
      if (!this.#hasBegun) void this.#run()
      return
    }
    const error = clientClosed()
    this.#drop(error)
    this.#call.failure ??= error
    this.#call.settle(499)
  }

  /** Carries the answer to the client, from as many upstreams as it takes. */
  async #run(): Promise<void> {
    this.#hasBegun = true
    let broken = await this.#pump()
    while (broken?.retryable) {
      this.#drop(broken)
      const rest = await this.#continuation?.next()
      if (!rest) break
      this.#call.continuations++
      this.#source = rest
      broken = await this.#pump()
    }
    if (broken) this.#break(broken)
    else this.#source.attempt.succeed()
    this.#call.settle(broken?.code === 'client_closed' ? 499 : 200)
    this.#client.close()
  }

  /** Forwards one upstream to its end. What it ended of, or undefined when the answer is complete. */
  async #pump(): Promise<GatewayError | undefined> {
    const { stream, attempt, beginning, rewrite } = this.#source
    try {
      for (let events: Uint8Array | undefined = beginning; events; events = await stream.next()) {
        const room = this.#forward(rewrite(events))
        if (room) await this.#waitFor(room, attempt)
      }
      const end = this.#ending.read()
      if (!end) throw cutInTheMiddle()
      this.#finish(end)
      return undefined
    } catch (thrown) {
      return this.#forgive(attempt.errorFrom(thrown))
    }
  }

  /** A connection that breaks when everything has been said takes nothing from the answer. */
  #forgive(error: GatewayError): GatewayError | undefined {
    const end = error.code === 'client_closed' ? undefined : this.#ending.read()
    if (!end) return error
    this.#drop(error)
    this.#finish(end)
    return undefined
  }

  /** A promise when the client reads more slowly than the upstream writes. */
  #forward(events: Uint8Array): Promise<unknown> | undefined {
    this.#ending.observe(events)
    this.#continuation?.observe(events)
    const shown = this.#hidesUsage ? withoutUsage(events) : events
    return shown.length === 0 ? undefined : this.#client.write(shown)
  }

  /** Reads nothing meanwhile, so that the upstream is held back too; its silence is not its fault. */
  async #waitFor(room: Promise<unknown>, attempt: Attempt): Promise<void> {
    attempt.pause()
    await Promise.race([room, attempt.cut])
    attempt.event(performance.now())
  }

  #finish({ usage, hasDone }: StreamEnd): void {
    this.#call.usage = usage
    if (!hasDone) void this.#client.write('data: [DONE]\n\n') // some servers leave it out, and some clients wait for it
  }

  #break(error: GatewayError): void {
    this.#drop(error)
    this.#call.failure = error
    if (error.code === 'client_closed') return
    void this.#client.write(encodeErrorEvent(error))
  }

  #drop(error: GatewayError): void {
    const { attempt, stream } = this.#source
    attempt.fail(error)
    void stream.abandon(error)
  }
}

const OPENING = 0x5b
const CLOSING = 0x5d

/** `[]` somewhere in it, as in the event without choices. Looking for one byte is ten times cheaper than for more. */
function hasEmptyList(events: Uint8Array): boolean {
  for (let at = events.indexOf(CLOSING); at !== -1; at = events.indexOf(CLOSING, at + 1)) {
    if (events[at - 1] === OPENING) return true
  }
  return false
}

/** The events without the one that only carries usage, which the client did not ask for. */
function withoutUsage(events: Uint8Array): Uint8Array {
  if (!hasEmptyList(events)) return events
  // latin1 keeps every byte, whatever it is.
  const text = Buffer.from(events.buffer, events.byteOffset, events.length).toString('latin1')
  const kept = splitEvents(text).filter((event) => !eventData(event).some(isUsageOnly))
  return Buffer.from(kept.join(''), 'latin1')
}
