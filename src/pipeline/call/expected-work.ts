import type { ExpectedWork } from '../../routing/admission/workload.ts'
import type { Call } from './call.ts'
import { promptTokens } from './prompt-tokens.ts'

/** What a call asks for, before anything is answered. */
export const expectedWork = (call: Call): ExpectedWork => ({
  promptTokens: promptTokens(call),
  maxOutput: call.api?.streams ? call.envelope?.maxOutput : 0,
})
