import { authenticate } from '../../access/authenticate.ts'
import type { Step } from '../call/step.ts'

/** Rejects requests without a valid key, before the body is read. */
export const authenticated: Step = (next) => (call) => {
  call.principal = authenticate(call.arrival.client, call.arrival.snapshot.masterKey)
  return next(call)
}
