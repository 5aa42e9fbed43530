import { asGatewayError, GatewayError } from '../errors.ts'
import { encodeErrorEvent } from '../formats/openai/encode-error.ts'
import { decodeError } from '../formats/openai/decode-error.ts'
import { isErrorData, isUsageOnly, readStreamEnd } from '../formats/openai/stream-tail.ts'
import { eventData, EventSplitter } from '../upstream/sse.ts'
import { answerHeaders } from './answer-headers.ts'
import type { Attempt } from './attempt.ts'
import type { Call } from './call.ts'
import { complaintError } from './rejection.ts'

type Reader = ReadableStreamDefaultReader<Uint8Array>

/** The runtime's cheapest way to answer a stream: bytes are written, and flushed in the turn in which they came. */
interface DirectController {
  write(bytes: Uint8Array | string): number
  flush(): number | Promise<number>
  close(): void
}

/** Finish, usage and `[DONE]` may come in chunks of their own, with comments between. */
const TAIL_CHUNKS = 6

/**
 * A streamed answer. The first event is looked at before the status line leaves: an error there is still a real HTTP
 * error, and another endpoint can still be asked. After that bytes flow as they come, whole events at a time, and a
 * failure is an event in the stream. Throws GatewayError before the first event.
 */
export async function relayStream(
  call: Call,
  attempt: Attempt,
  upstream: Response,
  hidesUsage: boolean,
): Promise<Response> {
  const contentType = upstream.headers.get('content-type') ?? ''
  if (!upstream.body || !contentType.startsWith('text/event-stream'))
    throw new GatewayError(
      'upstream_malformed',
      `The upstream answered a stream with ${contentType.slice(0, 60) || 'an untyped body'}.`,
    )
  const relay = new StreamRelay(call, attempt, upstream.body.getReader() as Reader, hidesUsage)
  await relay.begin()
  call.isStreaming = true
  const headers = answerHeaders(call, contentType, upstream.headers)
  headers['cache-control'] = 'no-cache'
  headers['x-accel-buffering'] = 'no' // or a proxy in front keeps our events until it has a buffer full
  const body = { type: 'direct', pull: (to: DirectController) => relay.run(to), cancel: () => relay.cancelled() }
  return new Response(new ReadableStream(body as unknown as Bun.DirectUnderlyingSource<Uint8Array>), { headers })
}

class StreamRelay {
  readonly #call: Call
  readonly #attempt: Attempt
  readonly #reader: Reader
  readonly #hidesUsage: boolean
  readonly #splitter = new EventSplitter()
  #first: Uint8Array | undefined
  #tail: Uint8Array[] = []

  constructor(call: Call, attempt: Attempt, reader: Reader, hidesUsage: boolean) {
    this.#call = call
    this.#attempt = attempt
    this.#reader = reader
    this.#hidesUsage = hidesUsage
  }

  /** Reads up to the first whole event that says something; comments before it are kept. */
  async begin(): Promise<void> {
    let seen: Uint8Array = new Uint8Array(0)
    for (;;) {
      const { done, value } = await this.#reader.read()
      if (done) throw new GatewayError('upstream_malformed', 'The upstream ended its stream before the first event.')
      const whole = this.#splitter.push(value)
      if (!whole) continue
      seen = seen.length === 0 ? whole : Buffer.concat([seen, whole])
      const data = eventData(textOf(seen))
      if (data.length === 0) continue
      this.#look(data)
      this.#attempt.firstEvent(performance.now())
      this.#first = seen
      return
    }
  }

  /** Throws for a first event that is an error, or no answer at all. */
  #look(data: readonly string[]): void {
    const first = data[0]!
    if (first === '[DONE]')
      throw new GatewayError('upstream_malformed', 'The upstream ended its stream without an answer.')
    const complaint = isErrorData(first) ? decodeError(first) : undefined
    if (complaint) throw complaintError(complaint)
    if (!first.startsWith('{')) throw new GatewayError('upstream_malformed', "The upstream's first event is not JSON.")
  }

  async run(to: DirectController): Promise<void> {
    try {
      await this.#forward(this.#first!, to)
      for (;;) {
        const { done, value } = await this.#reader.read()
        if (done) break
        this.#attempt.event(performance.now())
        const whole = this.#splitter.push(value)
        if (whole) await this.#forward(whole, to)
      }
      await this.#finish(to)
    } catch (thrown) {
      await this.#break(this.#attempt.errorFrom(thrown), to)
    }
    to.close()
  }

  async #forward(events: Uint8Array, to: DirectController): Promise<void> {
    if (this.#tail.push(events) > TAIL_CHUNKS) this.#tail.shift()
    const shown = this.#hidesUsage ? withoutUsage(events) : events
    if (shown.length === 0) return
    to.write(shown)
    const flushed = to.flush()
    if (typeof flushed === 'number') return
    this.#attempt.pause()
    await flushed // the client reads more slowly than the upstream writes
    this.#attempt.event(performance.now())
  }

  async #finish(to: DirectController): Promise<void> {
    if (this.#splitter.pendingBytes > 0) await this.#finishLastEvent(to)
    const end = readStreamEnd(eventData(textOf(Buffer.concat(this.#tail))))
    this.#call.usage = end.usage
    if (end.complaint) return this.#end(complaintError(end.complaint))
    if (!end.isComplete)
      throw new GatewayError('upstream_cut', 'The upstream ended its stream in the middle of the answer.')
    if (!end.hasDone) to.write('data: [DONE]\n\n') // some servers leave it out, and some clients wait for it
    this.#end(undefined)
  }

  /** A last event without its blank line is one if it is JSON; half of one is dropped, and the stream is cut. */
  async #finishLastEvent(to: DirectController): Promise<void> {
    const rest = this.#splitter.rest()
    const [data] = eventData(textOf(rest))
    if (data === '[DONE]' || (data !== undefined && isJson(data)))
      await this.#forward(Buffer.concat([rest, BLANK_LINE]), to)
  }

  async #break(error: GatewayError, to: DirectController): Promise<void> {
    this.#end(error)
    if (error.code === 'client_closed') return
    to.write(encodeErrorEvent(error))
    await to.flush()
  }

  /** The client closed the connection; the runtime tells us here or by the request's signal, whichever is first. */
  cancelled(): void {
    this.#end(this.#attempt.errorFrom(new GatewayError('client_closed', 'The client closed the connection.')))
  }

  async #abandon(error: GatewayError): Promise<void> {
    try {
      await this.#reader.cancel(error)
    } catch {
      // It was broken already. Unread, this rejection would end the process.
    }
  }

  #end(error: GatewayError | undefined): void {
    if (error) this.#attempt.fail(error)
    else this.#attempt.succeed()
    if (error) void this.#abandon(error)
    this.#call.failure ??= error && asGatewayError(error)
    this.#call.settle(error?.code === 'client_closed' ? 499 : 200)
  }
}

const BLANK_LINE = Buffer.from('\n\n')
const NO_CHOICES = ['"choices":[]', '"choices": []'].map((text) => Buffer.from(text))
const { indexOf } = Buffer.prototype

/** The events without the one that only carries usage, which the client did not ask for. */
function withoutUsage(events: Uint8Array): Uint8Array {
  if (NO_CHOICES.every((needle) => indexOf.call(events, needle) === -1)) return events
  // latin1 keeps every byte, whatever it is.
  const kept = Buffer.from(events.buffer, events.byteOffset, events.length)
    .toString('latin1')
    .split(/(?<=\n\n|\r\n\r\n|\r\r)/)
    .filter((event) => !eventData(event).some(isUsageOnly))
  return Buffer.from(kept.join(''), 'latin1')
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
