import { authenticate } from '../../access/authenticate.ts'
import type { Step } from '../call/step.ts'

/** Nobody passes without a key; the body is not even read before. */
export const authenticated: Step = (next) => (call) => {
  call.principal = authenticate(call.arrival.client, call.arrival.snapshot.masterKey)
  return next(call)
}
