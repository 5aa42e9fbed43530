import type { Principal } from '../../access/authenticate.ts'
import type { GatewayError } from '../../errors.ts'
import type { Operation, Api } from '../../formats/apis/api.ts'
import type { Envelope } from '../../formats/envelope/read-request.ts'
import type { ChatRequest } from '../../chat/request.ts'
import type { Usage } from '../../chat/usage.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { OnDisconnect } from '../../routing/config.ts'
import type { Route } from '../../routing/table.ts'
import { type CallerTimeouts, NO_TIMEOUTS } from '../arrive/caller-timeouts.ts'
import type { Race } from '../choose/race.ts'
import { type CallerOverrides, NO_OVERRIDES } from '../arrive/caller-overrides.ts'
import type { Snapshot } from './snapshot.ts'

/** One client request and all that is done for it. The steps fill it in, in the order of the fields. */
export class Call {
  readonly id: string
  readonly request: Request
  readonly snapshot: Snapshot
  readonly operation: Operation | 'models'
  /** The client's language; undefined where there is nothing to say. */
  readonly api: Api | undefined
  readonly route: Route
  /** The model that the path names, in Azure's style or under `/models/`. */
  readonly pathModel: string | undefined
  /** Where the path says it: whether the answer is to be a stream. */
  readonly pathStream: boolean | undefined
  readonly arrivedMs: number

  principal: Principal | undefined
  body: Uint8Array<ArrayBuffer> = EMPTY
  envelope: Envelope | undefined
  /** The request as every language is read into, once it had to be translated. */
  chat: ChatRequest | undefined
  /** The same for an operation that is always answered whole, as its languages are read into. */
  asked: unknown
  /** How often and where the caller wants to be tried again. */
  overrides: CallerOverrides = NO_OVERRIDES
  /** How much time the caller gives. */
  callerTimeouts: CallerTimeouts = NO_TIMEOUTS
  /** When the body was complete: from here on the time is ours. */
  readMs: number
  /** The model that answers, as configured; after a fallback another than the one asked for. */
  model: string | undefined
  arm: string | undefined
  candidate: Candidate | undefined
  attempts = 0
  /** A second endpoint has been asked beside the first. */
  isHedged = false
  /** The attempts that run beside each other just now. */
  race: Race | undefined
  /** How often another endpoint went on with a stream that broke. */
  continuations = 0
  /** Time spent waiting on upstreams, over all attempts, up to the first event of a stream. */
  upstreamMs = 0
  /** From sending the successful attempt to its first event. */
  firstEventMs: number | undefined
  /** When that was, on the clock of `arrivedMs`. */
  firstEventAtMs: number | undefined
  usage: Usage | undefined
  warnings: string[] | undefined
  /** The language that the last attempt was made in. */
  askedIn: Api | undefined
  /** What becomes of the attempt under way when the client leaves. */
  onDisconnect: OnDisconnect = 'cancel'
  /** The client has left, and the answer is read to its end all the same. */
  isDetached = false
  /** The answer is a stream that settles itself when it ends. */
  isStreaming = false
  failure: GatewayError | undefined

  /** Set by the outermost step; whoever ends the answer calls it, once. */
  settle: (status: number) => void = () => {}

  constructor(facts: {
    id: string
    request: Request
    snapshot: Snapshot
    operation: Operation | 'models'
    api: Api | undefined
    route: Route
    pathModel: string | undefined
    pathStream: boolean | undefined
    arrivedMs: number
  }) {
    this.id = facts.id
    this.request = facts.request
    this.snapshot = facts.snapshot
    this.operation = facts.operation
    this.api = facts.api
    this.route = facts.route
    this.pathModel = facts.pathModel
    this.pathStream = facts.pathStream
    this.arrivedMs = facts.arrivedMs
    this.readMs = facts.arrivedMs
  }

  get clientHasLeft(): boolean {
    return this.request.signal.aborted
  }

  /** Notes what the caller should know of the answer, once. */
  warn(text: string): void {
    if (!this.warnings?.includes(text)) this.warnings = [...(this.warnings ?? []), text]
  }

  /** Our own time so far: since the body was read, without the waiting for upstreams. */
  overheadMs(nowMs: number): number {
    return Math.max(0, nowMs - this.readMs - this.upstreamMs)
  }
}

const EMPTY = new Uint8Array(0)
