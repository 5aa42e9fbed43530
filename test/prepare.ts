// The upstream request of one attempt, for tests of what a provider gets.
import type { Operation } from '../src/formats/apis/api.ts'
import type { Snapshot } from '../src/pipeline/call/snapshot.ts'
import { Warnings } from '../src/pipeline/call/warnings.ts'
import { prepare } from '../src/pipeline/request/prepare.ts'
import { callFor } from './parts.ts'

interface Facts {
  /** The model, by its name in the configuration. */
  readonly to?: string
  readonly path?: string
  readonly headers?: Record<string, string>
}

/** Prepares a client's request for the first target of a model, with the warnings that the client would get. */
export const prepareWith =
  (snapshot: Snapshot) =>
  (body: object | string, { to = 'openai', path = '/v1/chat/completions', headers = {} }: Facts = {}) => {
    const call = callFor(snapshot, { path, body, headers })
    const { operation } = call.arrival
    const { model, matched } = snapshot.table.find(to)!
    const candidate = model.pools[operation as Operation]!.candidates[0]!
    const warnings = new Warnings()
    call.choice = { model: model.name, arm: undefined }
    const input = { body: call.body.bytes, envelope: call.body.envelope, matched }
    const prepared = prepare(call, candidate, input, warnings)
    const text = Buffer.from(prepared.body()).toString()
    return { ...prepared, text, warnings: warnings.list, call }
  }
