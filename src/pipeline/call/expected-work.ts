import type { ExpectedWork } from '../../routing/admission/workload.ts'
import type { Call } from './call.ts'
import { promptTokens } from './prompt-tokens.ts'

/** The work that a request is expected to cause at an endpoint, estimated before it is sent. */
export const expectedWork = (call: Call): ExpectedWork => ({
  promptTokens: promptTokens(call),
  maxOutput: call.arrival.api?.streams ? call.body.envelope.maxOutput : 0,
})
