import { GatewayError } from '../../errors.ts'
import { continueEvents, usageEvents } from '../../formats/openai-passthrough/continue-events.ts'
import { continueRequest, isContinuable } from '../../formats/openai-passthrough/continue-request.ts'
import { StreamFold } from '../../formats/openai-passthrough/fold-stream.ts'
import { readRequest } from '../../formats/envelope/read-request.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import { type Pick, type Pool, pick } from '../../routing/pool.ts'
import type { FoundModel } from '../../routing/table.ts'
import { admit } from './admit.ts'
import { isOutOfAttempts } from './attempts-limit.ts'
import type { Call } from '../call/call.ts'
import type { StreamTranscoder } from '../transcode/transcoder.ts'
import { promptTokens } from '../call/prompt-tokens.ts'
import { sendAttempt } from '../attempt/send-attempt.ts'
import type { EndpointParts } from './try-endpoints.ts'
import type { Resume, StreamSource } from '../relay/stream-source.ts'
import { type Events, UpstreamStream } from '../relay/upstream-stream.ts'

/** Servers that die one after the other: at some point it is the call that kills them. */
const MOST_CONTINUATIONS = 3

/** Keeps what a stream has said, so that another endpoint can say the rest when this one dies. */
export class StreamResume implements Resume {
  readonly #call: Call
  readonly #found: FoundModel
  readonly #pool: Pool
  readonly #parts: EndpointParts
  readonly #fold = new StreamFold()
  /** Not to be asked next. */
  #tried: Candidate[]
  #asked = 0

  constructor(call: Call, found: FoundModel, pool: Pool, parts: EndpointParts, first: Candidate) {
    this.#call = call
    this.#found = found
    this.#pool = pool
    this.#parts = parts
    this.#tried = [first]
  }

  /** Remembers events that the client has been sent. */
  observe(events: Events): void {
    this.#fold.push(typeof events === 'string' ? Buffer.from(events) : events)
  }

  /**
   * The rest of the answer that `before` began to carry and that broke of `error`; undefined when it cannot be had exactly,
   * or nobody else can give it.
   */
  async next(before: StreamTranscoder, error: GatewayError): Promise<StreamSource | undefined> {
    while (this.#asked < MOST_CONTINUATIONS && this.#canGoOn()) {
      try {
        const picked = this.#pickAny()
        if (picked.type !== 'picked' && picked.type !== 'full') return undefined
        const candidate = picked.type === 'picked' ? picked.candidate : await this.#wait(error)
        if (picked.type === 'full') candidate.endpoint.release() // the attempt takes the place in this turn
        this.#asked++
        this.#tried.push(candidate)
        return await this.#ask(candidate, before)
      } catch (thrown) {
        if (!(thrown instanceof GatewayError && thrown.retryable)) return undefined
      }
    }
    return undefined
  }

  #canGoOn(): boolean {
    if (isOutOfAttempts(this.#call)) return false
    const owes = !this.#fold.hasFinished || this.#call.body.envelope.wantsUsage
    return !this.#call.clientHasLeft && this.#fold.isPlain && owes
  }

  /** When all have failed this stream the first of them may be well again by now; the last one surely is not. */
  #pickAny(): Pick {
    const picked = this.#pick()
    if (picked.type !== 'exhausted') return picked
    this.#tried = this.#tried.slice(-1)
    return this.#pick()
  }

  #pick(): Pick {
    const { candidates, policy } = this.#pool
    const able = candidates.filter(({ provider }) => provider.type.canResume)
    const view = { promptTokens: promptTokens(this.#call), nowMs: performance.now() }
    return pick({ candidates: able, policy }, this.#tried, view, this.#parts.random)
  }

  /** Its client has had the beginning already: it waits before those who have had nothing. */
  #wait(error: GatewayError): Promise<Candidate> {
    return admit(this.#call, this.#pool, () => this.#pick(), error, this.#parts)
  }

  /** What to ask for; of a finished answer only its usage is missing, which costs one token more. */
  #rest(): Uint8Array<ArrayBuffer> {
    const { text, hasFinished } = this.#fold
    const { envelope, bytes } = this.#call.body
    if (hasFinished) return continueRequest(bytes, envelope, this.#fold, 1)
    // With nothing said yet the question itself is asked again; the client has only had the role.
    return text === '' ? bytes : continueRequest(bytes, envelope, this.#fold)
  }

  async #ask(candidate: Candidate, before: StreamTranscoder): Promise<StreamSource> {
    const { tokens, identity, hasFinished } = this.#fold
    const body = this.#rest()
    const envelope = readRequest(body, this.#call.arrival.api!)
    const input = { body, envelope, matched: this.#found.matched }
    const to = { role: 'resume', candidate, found: this.#found, pool: this.#pool, parts: this.#parts } as const
    return sendAttempt(this.#call, input, to, async ({ attempt, upstream, transcoder }) => {
      const shown = hasFinished ? usageEvents : continueEvents
      const rewrite = (events: Uint8Array) => shown(events, { identity: identity!, tokensBefore: tokens })
      const stream = new UpstreamStream(attempt, upstream, transcoder.stream({ before, rewrite }))
      return { attempt, stream, beginning: await stream.begin() }
    })
  }
}

/** A continuation for calls whose rest can be asked for exactly, at models that allow it. */
export function streamResumeFor(
  call: Call,
  found: FoundModel,
  pool: Pool,
  parts: EndpointParts,
  candidate: Candidate,
): StreamResume | undefined {
  const isPossible =
    call.arrival.api?.name === 'openai-chat' &&
    call.decorators.length === 0 &&
    found.model.continuesStreams &&
    candidate.provider.type.canResume &&
    isContinuable(call.body.bytes, call.body.envelope)
  return isPossible ? new StreamResume(call, found, pool, parts, candidate) : undefined
}
