import type { ExpectedWork } from '../../routing/admission/workload.ts'
import type { Call } from './call.ts'
import { promptTokens } from './prompt-tokens.ts'

/** What a request asks of an endpoint, before anything is answered. */
export const expectedWork = (call: Call): ExpectedWork => ({
  promptTokens: promptTokens(call),
  maxOutput: call.arrival.api?.streams ? call.body.envelope.maxOutput : 0,
})
