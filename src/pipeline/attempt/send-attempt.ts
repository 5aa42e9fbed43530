import type { Api } from '../../formats/apis/api.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Pool } from '../../routing/pool.ts'
import type { FoundModel } from '../../routing/table.ts'
import type { UpstreamResponse } from '../../upstream/http1/response.ts'
import { send } from '../../upstream/send.ts'
import type { AttemptRole } from '../call/attempt-record.ts'
import type { Call } from '../call/call.ts'
import { Warnings } from '../call/warnings.ts'
import { type AttemptInput, prepare } from '../request/prepare.ts'
import { rejection } from '../transcode/rejection.ts'
import type { Transcoder } from '../transcode/transcoder.ts'
import { Attempt, type AttemptParts } from './attempt.ts'
import { AttemptTimeouts } from './attempt-timeouts.ts'
import type { Race } from './race.ts'
import { sendAuthorized } from './send-authorized.ts'

/** An attempt whose upstream returned a success. */
export interface Accepted {
  readonly attempt: Attempt
  readonly upstream: UpstreamResponse
  readonly transcoder: Transcoder
}

/** Where an attempt is sent, and why. */
export interface Destination {
  readonly role: AttemptRole
  readonly candidate: Candidate
  readonly found: FoundModel
  readonly pool: Pool
  readonly parts: AttemptParts
  readonly race?: Race<Attempt> | undefined
}

/**
 * Sends one attempt, and passes it to `relay` if the upstream returned 200. Any error ends the attempt and is thrown.
 */
export function sendAttempt<Result>(
  call: Call,
  input: AttemptInput,
  to: Destination,
  relay: (accepted: Accepted) => Promise<Result>,
): Promise<Result> {
  const warnings = new Warnings()
  const prepared = prepare(call, to.candidate, input, warnings)
  return sendPrepared(call, { ...prepared, warnings, isStream: input.envelope.stream, isSuccess: isOk }, to, relay)
}

const isOk = (status: number): boolean => status === 200

/** A prepared request. */
export interface Sendable {
  readonly method?: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The body for one connection, in memory that may be reused after this turn. */
  readonly body: () => Uint8Array<ArrayBuffer>
  /** The API of the upstream; undefined where the format is unknown. */
  readonly api: Api | undefined
  readonly transcoder: Transcoder
  readonly warnings: Warnings
  readonly isStream: boolean
  /** Whether a status of the response is a success. */
  readonly isSuccess: (status: number) => boolean
}

/** As `sendAttempt`, for a prepared request. */
export async function sendPrepared<Result>(
  call: Call,
  { method = 'POST', url, headers, body, api, transcoder, warnings, isStream, isSuccess }: Sendable,
  { role, candidate, found, pool, parts, race }: Destination,
  relay: (accepted: Accepted) => Promise<Result>,
): Promise<Result> {
  const timeouts = new AttemptTimeouts(call, isStream, candidate.provider, found.model, warnings)
  timeouts.checkTimeLeft()
  const onDisconnect = call.arrival.route.onDisconnect ?? found.model.onDisconnect
  const attempt = new Attempt(call, { role, candidate, api, warnings, pool, timeouts, onDisconnect, race }, parts)
  try {
    const { endpoint } = candidate
    const isProxied = endpoint.reachability === undefined
    const { signal } = attempt
    const request = { method, url, headers, body, signal, transport: endpoint.transport, isProxied }
    const { authorization } = candidate.provider
    const upstream = await (authorization ? sendAuthorized(request, authorization, attempt) : send(request))
    attempt.headers()
    if (!isSuccess(upstream.status)) throw await rejection(upstream, transcoder)
    return await relay({ attempt, upstream, transcoder })
  } catch (thrown) {
    const error = attempt.errorFrom(thrown)
    attempt.fail(error)
    throw error
  }
}
