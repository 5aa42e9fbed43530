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
import type { EndpointParts } from './endpoint-search.ts'
import type { Resume, StreamSource } from '../relay/stream-source.ts'
import { type Events, UpstreamStream } from '../relay/upstream-stream.ts'

/** If server after server fails, the request itself is probably the cause. */
const MAX_CONTINUATIONS = 3

/** Keeps the text of a stream, so that another endpoint can generate the rest if this one fails. */
export class StreamResume implements Resume {
  readonly #call: Call
  readonly #found: FoundModel
  readonly #pool: Pool
  readonly #parts: EndpointParts
  readonly #fold = new StreamFold()
  /** Endpoints to skip. */
  #tried: Candidate[]
  #attempts = 0

  constructor(call: Call, found: FoundModel, pool: Pool, parts: EndpointParts, first: Candidate) {
    this.#call = call
    this.#found = found
    this.#pool = pool
    this.#parts = parts
    this.#tried = [first]
  }

  /** Keeps events that were sent to the client. */
  observe(events: Events): void {
    this.#fold.push(typeof events === 'string' ? Buffer.from(events) : events)
  }

  /**
   * The rest of the response that `before` carried until it broke with `error`; undefined if it cannot be continued
   * exactly, or no endpoint can do it.
   */
  async next(before: StreamTranscoder, error: GatewayError): Promise<StreamSource | undefined> {
    while (this.#attempts < MAX_CONTINUATIONS && this.#canResume()) {
      try {
        const picked = this.#pickAny()
        if (picked.type !== 'picked' && picked.type !== 'full') return undefined
        const candidate = picked.type === 'picked' ? picked.candidate : await this.#wait(error)
        if (picked.type === 'full') candidate.endpoint.release() // the attempt is counted in this turn
        this.#attempts++
        this.#tried.push(candidate)
        return await this.#send(candidate, before)
      } catch (thrown) {
        if (!(thrown instanceof GatewayError && thrown.retryable)) return undefined
      }
    }
    return undefined
  }

  #canResume(): boolean {
    if (isOutOfAttempts(this.#call)) return false
    const isIncomplete = !this.#fold.hasFinished || this.#call.body.envelope.wantsUsage
    return !this.#call.clientHasLeft && this.#fold.isPlain && isIncomplete
  }

  /** If all endpoints have failed this stream, the earlier ones may have recovered; the last one has not. */
  #pickAny(): Pick {
    const picked = this.#pick()
    if (picked.type !== 'exhausted') return picked
    this.#tried = this.#tried.slice(-1)
    return this.#pick()
  }

  #pick(): Pick {
    const { candidates, policy } = this.#pool
    const capable = candidates.filter(({ provider }) => provider.type.canResume)
    const view = { promptTokens: promptTokens(this.#call), nowMs: performance.now() }
    return pick({ candidates: capable, policy }, this.#tried, view, this.#parts.random)
  }

  /** Waits in the queue as a retry, ahead of first attempts: the client already has the beginning of the response. */
  #wait(error: GatewayError): Promise<Candidate> {
    return admit(this.#call, this.#pool, () => this.#pick(), error, this.#parts)
  }

  /**
   * The body of the resuming request. If only the usage of a finished response is missing, one more token is requested.
   */
  #resumeBody(): Uint8Array<ArrayBuffer> {
    const { text, hasFinished } = this.#fold
    const { envelope, bytes } = this.#call.body
    if (hasFinished) return continueRequest(bytes, envelope, this.#fold, 1)
    // Without any text so far, the original request is sent again; the client has only received the role.
    return text === '' ? bytes : continueRequest(bytes, envelope, this.#fold)
  }

  async #send(candidate: Candidate, before: StreamTranscoder): Promise<StreamSource> {
    const { tokens, identity, hasFinished } = this.#fold
    const body = this.#resumeBody()
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

/** A StreamResume for calls whose rest can be requested exactly, if the model allows it; undefined otherwise. */
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
