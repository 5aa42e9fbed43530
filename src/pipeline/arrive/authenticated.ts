import { authenticate } from '../../access/authenticate.ts'
import { isSigned, readSignature } from '../../access/aws-signature.ts'
import type { Call } from '../call/call.ts'
import type { Step } from '../call/step.ts'

/** A signature without a stated hash can be verified only with the body. Bedrock accepts no larger one. */
const MAX_UNVERIFIED_BYTES = 25 * 1024 * 1024

/** Rejects requests without a valid key, before the body is read. A signed body is checked when it has arrived. */
export const authenticated: Step = (next) => (call) => {
  const { client, snapshot, api } = call.arrival
  if (api?.acceptsSignatures && isSigned(client.headers)) checkSignature(call)
  else call.principal = authenticate(client, snapshot.masterKey)
  return next(call)
}

function checkSignature(call: Call): void {
  const { client, snapshot } = call.arrival
  const signature = readSignature(client, snapshot.masterKey, Date.now())
  call.payloadCheck = {
    maxBytes: signature.isVerified ? Infinity : MAX_UNVERIFIED_BYTES,
    check: (received) => {
      call.principal = signature.verify(received)
    },
  }
}
