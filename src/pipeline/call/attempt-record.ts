import type { Usage } from '../../chat/usage.ts'
import type { GatewayError } from '../../errors.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Warnings } from './warnings.ts'

/**
 * Why an attempt is made: the first of its request, another after a failure (at a fallback model too), a second one beside
 * a slow one, or one that continues a stream that broke.
 */
export type AttemptRole = 'first' | 'retry' | 'hedge' | 'resume'

/** One try at one endpoint, as everybody but the attempt itself sees it. Times are of the monotonic clock, in milliseconds. */
export interface AttemptRecord {
  readonly role: AttemptRole
  readonly candidate: Candidate
  /** The API that the upstream was sent a request in; undefined for a pass-through request of unknown format. */
  readonly api: Api | undefined
  /** The configured name of the model. */
  readonly model: string
  readonly startedMs: number
  readonly warnings: Warnings
  /** When the waiting for the upstream ended: at its first bytes, or at the end. */
  readonly firstByteMs: number | undefined
  /** The first event of a stream. */
  readonly firstEventMs: number | undefined
  readonly endedMs: number | undefined
  /** Tokens as the upstream counts them; of a resumed stream those of the whole response. */
  readonly usage: Usage | undefined
  readonly error: GatewayError | undefined
  /** Its response goes to the client. */
  readonly isAnswer: boolean
}

/** The attempts of one request, in the order in which they started. What is reported of a request is derived from them. */
export class Attempts {
  readonly #records: AttemptRecord[] = []

  get list(): readonly AttemptRecord[] {
    return this.#records
  }

  get count(): number {
    return this.#records.length
  }

  /** The attempt whose response the client gets; as long as there is none, the last. */
  get answering(): AttemptRecord | undefined {
    return this.#records.findLast(({ isAnswer }) => isAnswer) ?? this.#records.at(-1)
  }

  /** The attempt with which the stream to the client began. */
  get firstStreaming(): AttemptRecord | undefined {
    return this.#records.find(({ isAnswer, firstEventMs }) => isAnswer && firstEventMs !== undefined)
  }

  /** How often another endpoint continued a stream that broke. */
  get continuations(): number {
    return this.#records.filter(({ role, isAnswer }) => role === 'resume' && isAnswer).length
  }

  get hasHedge(): boolean {
    return this.#records.some(({ role }) => role === 'hedge')
  }

  /** Called by an attempt as it starts. */
  add(record: AttemptRecord): void {
    this.#records.push(record)
  }
}
