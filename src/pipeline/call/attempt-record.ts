import type { Usage } from '../../chat/usage.ts'
import type { GatewayError } from '../../errors.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Warnings } from './warnings.ts'

/**
 * Why an attempt is made: the first of its request, another after a failure (also with a fallback model), a second one
 * beside a slow one, or one that resumes a broken stream.
 */
export type AttemptRole = 'first' | 'retry' | 'hedge' | 'resume'

/**
 * The facts of one attempt, read-only. Only the attempt itself writes them. Times are milliseconds of the monotonic
 * clock.
 */
export interface AttemptRecord {
  readonly role: AttemptRole
  readonly candidate: Candidate
  /** The API of the request that was sent upstream; undefined for a pass-through request of unknown format. */
  readonly api: Api | undefined
  /** The configured name of the model. */
  readonly model: string
  readonly startedMs: number
  readonly warnings: Warnings
  /** When waiting for the upstream ended: at its first bytes, or at the end of the attempt. */
  readonly firstByteMs: number | undefined
  /** When the first event of a stream arrived. */
  readonly firstEventMs: number | undefined
  readonly endedMs: number | undefined
  /** Tokens as the upstream reports them; for a resumed stream, those of the whole response. */
  readonly usage: Usage | undefined
  readonly error: GatewayError | undefined
  /** Whether its response is sent to the client. */
  readonly isAnswer: boolean
}

/** The attempts of one request, in the order in which they started. Log and metrics are derived from them. */
export class Attempts {
  readonly #records: AttemptRecord[] = []

  get list(): readonly AttemptRecord[] {
    return this.#records
  }

  get count(): number {
    return this.#records.length
  }

  /** The attempt whose response the client gets; until one is chosen, the last attempt. */
  get answering(): AttemptRecord | undefined {
    return this.#records.findLast(({ isAnswer }) => isAnswer) ?? this.#records.at(-1)
  }

  /** The attempt with which the stream to the client began. */
  get firstStreaming(): AttemptRecord | undefined {
    return this.#records.find(({ isAnswer, firstEventMs }) => isAnswer && firstEventMs !== undefined)
  }

  /** How often another endpoint resumed a broken stream. */
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
