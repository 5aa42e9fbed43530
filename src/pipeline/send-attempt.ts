import type { Operation } from '../formats/wires.ts'
import type { Candidate } from '../routing/endpoint.ts'
import type { FoundModel } from '../routing/table.ts'
import { send } from '../upstream/send.ts'
import { Attempt, type AttemptParts } from './attempt.ts'
import { AttemptLimits } from './attempt-limits.ts'
import { sendAuthorized } from './send-authorized.ts'
import type { Call } from './call.ts'
import type { Passage } from './passages/passage.ts'
import { type Asked, prepare } from './prepare.ts'
import { rejection } from './rejection.ts'

/** An attempt whose upstream has answered 200. */
export interface Answering {
  /** To be called when there is something to answer with. Throws when an attempt that ran beside this one was first. */
  readonly claim: () => void
  readonly attempt: Attempt
  readonly upstream: Response
  readonly passage: Passage
}

/** Sends one attempt, and gives it to `relay` when the upstream has said 200. Whatever breaks ends the attempt and is thrown. */
export async function sendAttempt<Result>(
  call: Call,
  asked: Asked,
  candidate: Candidate,
  found: FoundModel,
  parts: AttemptParts,
  relay: (answering: Answering) => Promise<Result>,
): Promise<Result> {
  const { url, headers, body, passage } = prepare(call, candidate, asked)
  call.onDisconnect = call.route.onDisconnect ?? found.model.onDisconnect
  const limits = new AttemptLimits(call, asked.envelope.stream, candidate.provider, found.model)
  limits.checkTimeLeft()
  const attempt = new Attempt(call, candidate, limits, parts, poolOf(call, found))
  const { race } = call
  race?.enter(attempt)
  try {
    const request = { url, headers, body, signal: attempt.signal }
    const { authorization } = candidate.provider
    const upstream = await (authorization ? sendAuthorized(request, authorization, attempt) : send(request))
    attempt.headers()
    if (upstream.status !== 200) throw await rejection(upstream, passage)
    return await relay({ claim: () => race?.win(attempt), attempt, upstream, passage })
  } catch (thrown) {
    const error = attempt.errorFrom(thrown)
    attempt.fail(error)
    throw error
  }
}

const poolOf = (call: Call, { model }: FoundModel) => model.pools[call.operation as Operation]
