import type { Operation } from '../../formats/apis/api.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { FoundModel } from '../../routing/table.ts'
import { send } from '../../upstream/send.ts'
import { Attempt, type AttemptParts } from './attempt.ts'
import { AttemptTimeouts } from './attempt-timeouts.ts'
import { sendAuthorized } from './send-authorized.ts'
import type { Call } from '../call/call.ts'
import type { Transcoder } from '../transcode/transcoder.ts'
import { type AttemptInput, prepare } from '../request/prepare.ts'
import { rejection } from '../transcode/rejection.ts'

/** An attempt whose upstream has answered with a success. */
export interface Answering {
  /** To be called when there is something to answer with. Throws when an attempt that ran beside this one was first. */
  readonly claim: () => void
  readonly attempt: Attempt
  readonly upstream: Response
  readonly transcoder: Transcoder
}

/** Sends one attempt, and gives it to `relay` when the upstream has said 200. Whatever breaks ends the attempt and is thrown. */
export function sendAttempt<Result>(
  call: Call,
  asked: AttemptInput,
  candidate: Candidate,
  found: FoundModel,
  parts: AttemptParts,
  relay: (answering: Answering) => Promise<Result>,
): Promise<Result> {
  const prepared = prepare(call, candidate, asked)
  return sendPrepared(
    call,
    { ...prepared, isStream: asked.envelope.stream, takes: isOk },
    { candidate, found, parts },
    relay,
  )
}

const isOk = (status: number): boolean => status === 200

/** What goes out, and which status of the answer is a success. */
export interface Sendable {
  readonly method?: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
  readonly transcoder: Transcoder
  readonly isStream: boolean
  readonly takes: (status: number) => boolean
}

/** Where an attempt goes. */
export interface Place {
  readonly candidate: Candidate
  readonly found: FoundModel
  readonly parts: AttemptParts
}

/** The same for a request that is ready. */
export async function sendPrepared<Result>(
  call: Call,
  { transcoder, isStream, takes, ...sent }: Sendable,
  { candidate, found, parts }: Place,
  relay: (answering: Answering) => Promise<Result>,
): Promise<Result> {
  call.onDisconnect = call.route.onDisconnect ?? found.model.onDisconnect
  const limits = new AttemptTimeouts(call, isStream, candidate.provider, found.model)
  limits.checkTimeLeft()
  const attempt = new Attempt(call, candidate, limits, parts, poolOf(call, found))
  const { race } = call
  race?.enter(attempt)
  try {
    const request = { ...sent, signal: attempt.signal }
    const { authorization } = candidate.provider
    const upstream = await (authorization ? sendAuthorized(request, authorization, attempt) : send(request))
    attempt.headers()
    if (!takes(upstream.status)) throw await rejection(upstream, transcoder)
    return await relay({ claim: () => race?.win(attempt), attempt, upstream, transcoder })
  } catch (thrown) {
    const error = attempt.errorFrom(thrown)
    attempt.fail(error)
    throw error
  }
}

const poolOf = (call: Call, { model }: FoundModel) => model.pools[call.operation as Operation]
