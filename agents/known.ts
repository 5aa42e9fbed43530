// Cells that fail for a reason that is not the gateway's.

const KNOWN: Readonly<Record<string, string>> = {
  'Gemini CLI, continue, gemini':
    'Gemini CLI 0.61.0 repeats every function response when it resumes a conversation, and the gateway forwards its bytes',
}

/** Why a cell fails through no fault of the gateway; undefined: it must pass. */
export const knownReason = (program: string, scenario: string, upstream: string): string | undefined =>
  KNOWN[`${program}, ${scenario}, ${upstream}`]
