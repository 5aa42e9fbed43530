import type { ResponseStore } from '../../state/response-store.ts'
import type { Call } from '../call/call.ts'
import type { Handle, Step } from '../call/step.ts'
import { isToBeStored, recordResponse } from './record-response.ts'
import { resolveReferences } from './resolve-references.ts'

/**
 * Gives requests of the Responses API what they refer to, and stores their responses for the requests that refer to
 * them.
 */
export const storedResponses =
  (store: ResponseStore): Step =>
  (next) =>
  (call) =>
    call.arrival.api?.format === 'openai-responses' ? withStore(call, store, next) : next(call)

async function withStore(call: Call, store: ResponseStore, next: Handle): Promise<Response> {
  await resolveReferences(call, store)
  if (isToBeStored(call)) call.recorder = recordResponse(call, store)
  return next(call)
}
